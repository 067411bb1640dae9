import { knownCertificateHeaders } from '../known-headers.ts'
import { credentialValue, type ProxySettings } from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

/** Azure Application Gateway v2. */
export const azureApplicationGateway: ProxyTemplate = {
  name: 'azure-application-gateway',
  title: 'Azure Application Gateway v2',
  source: 'azure-application-gateway',
  chain: 'no',
  selfSigned: 'conveyed',
  expired: 'conveyed, in passthrough mode',
  verified: 'recorded values',
  namesHeader: true,
  comment: hash,
  configuration,
}

function configuration(settings: ProxySettings): string {
  const { upstream, publicHost, header, credential } = settings
  const strip = knownCertificateHeaders.map((name) => `'${name}='`)
  return `# PowerShell and the Azure CLI; $group and $name are those of the gateway.

# 1. Ask for certificates and pass every one on: API version 2025-03-01 or later.
$gateway = Get-AzApplicationGateway -ResourceGroupName $group -Name $name
$auth = New-AzApplicationGatewayClientAuthConfiguration -VerifyClientAuthMode Passthrough
Add-AzApplicationGatewaySslProfile -ApplicationGateway $gateway -Name certbound -ClientAuthConfiguration $auth
Set-AzApplicationGateway -ApplicationGateway $gateway
# Put the profile "certbound" onto the listener of ${publicHost}.

# 2. The Worker as backend: verified against public CAs, by its own name.
az network application-gateway address-pool create -g $group --gateway-name $name -n certbound \`
  --servers ${upstream.host}
az network application-gateway http-settings create -g $group --gateway-name $name -n certbound \`
  --port ${upstream.port} --protocol Https --host-name ${upstream.host} --timeout 30

# 3. The headers. Without a certificate the variable is empty, and what a client sent is gone.
az network application-gateway rewrite-rule set create -g $group --gateway-name $name -n certbound
az network application-gateway rewrite-rule create -g $group --gateway-name $name \`
  --rule-set-name certbound -n certbound --sequence 100 --request-headers \`
  '${header}={var_client_certificate}' \`
  '${header}-Chain=' \`
  '${credential.header}=${credentialValue(credential)}' \`
  ${strip.join(' `\n  ')}
# Put the set "certbound" onto the rule of ${publicHost}. EVERY other rule that leads to this backend
# needs one that sets ${header} to nothing.
`
}

/** Azure App Service, with a relay of one's own in it. */
export const azureAppService: ProxyTemplate = {
  name: 'azure-app-service',
  title: 'Azure App Service, with YARP as its app',
  source: 'azure-app-service',
  chain: 'no',
  selfSigned: 'conveyed',
  expired: 'conveyed',
  verified: 'not verified here',
  namesHeader: false,
  comment: ['//', ''],
  configuration: ({ upstream, publicHost, credential }) => {
    const others = knownCertificateHeaders.filter((name) => name !== 'X-ARR-ClientCert')
    const transforms = [
      ...others.map((name) => ({ RequestHeaderRemove: name })),
      { RequestHeader: credential.header, Set: credentialValue(credential) },
      { RequestHeaderOriginalHost: 'false' },
    ]
    const settings = {
      ReverseProxy: {
        Routes: {
          certbound: {
            ClusterId: 'certbound',
            Match: { Path: '{**all}', Hosts: [publicHost] },
            Transforms: transforms,
          },
        },
        Clusters: {
          certbound: {
            Destinations: { worker: { Address: `https://${upstream.host}:${upstream.port}/` } },
          },
        },
      },
    }
    return `// az webapp update -g GROUP -n APP --set clientCertEnabled=true --set clientCertMode=Required httpsOnly=true
// The front end of App Service ends TLS and writes X-ARR-ClientCert; the app must be reachable through
// it alone. The app is YARP (AddReverseProxy().LoadFromConfig, MapReverseProxy) with this
// appsettings.json. .NET verifies the Worker's certificate.
${JSON.stringify(settings, null, 2)}
`
  },
}
