import type { ConfigurationValues } from '../terminator.ts'

/** Azure Application Gateway v2. */
export function azureApplicationGateway(values: ConfigurationValues): string {
  const strip = values.knownHeaders.map((name) => `'${name}='`)
  return `# PowerShell and the Azure CLI; $group and $name are those of the gateway.

# 1. Ask for certificates and forward every one: API version 2025-03-01 or later.
$gateway = Get-AzApplicationGateway -ResourceGroupName $group -Name $name
$auth = New-AzApplicationGatewayClientAuthConfiguration -VerifyClientAuthMode Passthrough
Add-AzApplicationGatewaySslProfile -ApplicationGateway $gateway -Name certbound -ClientAuthConfiguration $auth
Set-AzApplicationGateway -ApplicationGateway $gateway
# Assign the profile "certbound" to the listener of ${values.publicHost}.

# 2. The Worker as backend: verified against public CAs, by its own name.
az network application-gateway address-pool create -g $group --gateway-name $name -n certbound \`
  --servers ${values.upstream.host}
az network application-gateway http-settings create -g $group --gateway-name $name -n certbound \`
  --port ${values.upstream.port} --protocol Https --host-name ${values.upstream.host} --timeout 30

# 3. The headers. Without a certificate the variable is empty, which removes the client's header.
az network application-gateway rewrite-rule set create -g $group --gateway-name $name -n certbound
az network application-gateway rewrite-rule create -g $group --gateway-name $name \`
  --rule-set-name certbound -n certbound --sequence 100 --request-headers \`
  '${values.header}={var_client_certificate}' \`
  '${values.header}-Chain=' \`
  '${values.credential.header}=${values.credentialValue}' \`
  ${strip.join(' `\n  ')}
# Assign the set "certbound" to the rule of ${values.publicHost}. EVERY other rule of this backend needs a
# set that empties ${values.header}.
`
}

/** Azure App Service with YARP as its app. */
export function azureAppService(values: ConfigurationValues): string {
  const { upstream, publicHost, credential, credentialValue } = values
  const remove = values.knownHeaders
    .filter((name) => name !== 'X-ARR-ClientCert')
    .map((name) => `          { "RequestHeaderRemove": "${name}" },`)
  return `// az webapp update -g GROUP -n APP --set clientCertEnabled=true --set clientCertMode=Required httpsOnly=true
// The front end of App Service ends TLS and writes X-ARR-ClientCert; the app must be reachable only
// through it. The app is YARP (AddReverseProxy().LoadFromConfig, MapReverseProxy) with this
// appsettings.json. .NET verifies the Worker's certificate.
{
  "ReverseProxy": {
    "Routes": {
      "certbound": {
        "ClusterId": "certbound",
        "Match": { "Path": "{**all}", "Hosts": ["${publicHost}"] },
        "Transforms": [
${remove.join('\n')}
          { "RequestHeader": "${credential.header}", "Set": "${credentialValue}" },
          { "RequestHeaderOriginalHost": "false" }
        ]
      }
    },
    "Clusters": {
      "certbound": { "Destinations": { "worker": { "Address": "https://${upstream.host}:${upstream.port}/" } } }
    }
  }
}
`
}
