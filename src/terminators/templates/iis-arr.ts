import { knownCertificateHeaders } from '../known-headers.ts'
import { credentialValue, type ProxySettings, upstreamHost } from '../settings.ts'
import type { ProxyTemplate } from '../template.ts'

/** IIS with Application Request Routing, as a web.config. */
export const iisArr: ProxyTemplate = {
  name: 'iis-arr',
  title: 'IIS 10 with Application Request Routing 3',
  source: 'iis-arr',
  chain: 'no',
  selfSigned: 'refused',
  expired: 'refused, but for what the binding ignores',
  verified: 'not verified here',
  namesHeader: false,
  comment: ['<!--', ' -->'],
  configuration,
}

/** The name by which URL Rewrite knows a request header. */
const variable = (header: string): string => `HTTP_${header.toUpperCase().replaceAll('-', '_')}`

function configuration(settings: ProxySettings): string {
  const { publicHost, credential } = settings
  const others = knownCertificateHeaders.filter((name) => name !== 'X-ARR-ClientCert')
  const set = (name: string, value: string) =>
    `            <set name="${variable(name)}" value="${value}" />`
  const names = new Set([...others, credential.header].map(variable))
  return `<!-- web.config of a site whose only binding is https with the host name ${publicHost} and SNI.
     ARR: enable the proxy, "reverse rewrite host in response headers" off, preserveHostHeader false.
     In applicationHost.config under system.webServer/rewrite/allowedServerVariables:
${[...names].map((name) => `       <add name="${name}" />`).join('\n')}
     ARR writes X-ARR-ClientCert itself; whether it removes what a client sent where there is no
     certificate is not documented: keep the mode below, which refuses requests without one.
     Schannel verifies certificates before ARR sees them. -->
<configuration>
  <system.webServer>
    <security>
      <access sslFlags="Ssl, SslNegotiateCert, SslRequireCert" />
      <requestFiltering>
        <requestLimits maxAllowedContentLength="65536" />
      </requestFiltering>
    </security>
    <rewrite>
      <rules>
        <rule name="certbound" stopProcessing="true">
          <match url="(.*)" />
          <conditions>
            <add input="{HTTP_HOST}" pattern="^${publicHost.replaceAll('.', '\\.')}(:[0-9]+)?$" />
          </conditions>
          <serverVariables>
${others.map((name) => set(name, '')).join('\n')}
${set(credential.header, credentialValue(credential))}
          </serverVariables>
          <action type="Rewrite" url="https://${upstreamHost(settings)}/{R:1}" />
        </rule>
      </rules>
    </rewrite>
  </system.webServer>
</configuration>
`
}
