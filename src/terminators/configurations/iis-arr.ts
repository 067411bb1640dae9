import type { ConfigurationValues } from '../terminator.ts'

/** The name by which URL Rewrite knows a request header. */
const variable = (header: string): string => `HTTP_${header.toUpperCase().replaceAll('-', '_')}`

/** IIS with Application Request Routing, as a web.config. */
export function iisArr(values: ConfigurationValues): string {
  const others = values.knownHeaders.filter((name) => name !== 'X-ARR-ClientCert')
  const set = (name: string, value: string) =>
    `            <set name="${variable(name)}" value="${value}" />`
  const names = new Set([...others, values.credential.header].map(variable))
  return `<!-- web.config of a site whose only binding is https with the host name ${values.publicHost} and SNI.
     ARR: enable the proxy, "reverse rewrite host in response headers" off, preserveHostHeader false.
     In applicationHost.config under system.webServer/rewrite/allowedServerVariables:
${[...names].map((name) => `       <add name="${name}" />`).join('\n')}
     ARR writes X-ARR-ClientCert itself. It is not documented whether it removes a client's header if
     there is no certificate: keep the mode below, which refuses requests without a certificate.
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
            <add input="{HTTP_HOST}" pattern="^${values.publicHost.replaceAll('.', '\\.')}(:[0-9]+)?$" />
          </conditions>
          <serverVariables>
${others.map((name) => set(name, '')).join('\n')}
${set(values.credential.header, values.credentialValue)}
          </serverVariables>
          <action type="Rewrite" url="https://${values.upstreamHost}/{R:1}" />
        </rule>
      </rules>
    </rewrite>
  </system.webServer>
</configuration>
`
}
