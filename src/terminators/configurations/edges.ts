import type { ConfigurationValues } from '../terminator.ts'

/** Akamai, as rules of Property Manager. */
export function akamai(values: ConfigurationValues): string {
  const { upstream, publicHost, credential, credentialValue, knownHeaders } = values
  const remove = [...knownHeaders, credential.header].map(
    (name) =>
      `    { "name": "modifyIncomingRequestHeader", "options": { "action": "DELETE", "standardDeleteHeaderName": "OTHER", "customHeaderName": "${name}" } },`,
  )
  return `# A rule of the property of ${publicHost}. Assign the certificate set of the partners' CAs to the edge
# certificate (Mutual TLS Edge Truststore): the edge verifies with it. For PROXY_CERTIFICATES, Akamai can
# present its own certificate to the origin (Mutual TLS Origin Keystore).
{
  "name": "Certbound",
  "criteria": [
    { "name": "hostname", "options": { "matchOperator": "IS_ONE_OF", "values": ["${publicHost}"] } }
  ],
  "behaviors": [
    { "name": "origin", "options": { "originType": "CUSTOMER", "hostname": "${upstream.host}", "httpsPort": ${upstream.port}, "forwardHostHeader": "ORIGIN_HOSTNAME", "verificationMode": "PLATFORM_SETTINGS", "originSni": true } },
    { "name": "caching", "options": { "behavior": "NO_STORE" } },
${remove.join('\n')}
    { "name": "clientCertificateAuth", "options": { "enable": true } },
    { "name": "modifyOutgoingRequestHeader", "options": { "action": "MODIFY", "standardModifyHeaderName": "OTHER", "customHeaderName": "${credential.header}", "newHeaderValue": "${credentialValue}", "avoidDuplicateHeaders": true } }
  ]
}
`
}

/** Fastly, as VCL. */
export function fastly(values: ConfigurationValues): string {
  const strip = [...values.ownHeaders, ...values.knownHeaders].map(
    (name) => `  unset req.http.${name};`,
  )
  return `# The backend is ${values.upstream.host}:${values.upstream.port} with TLS, ssl_check_cert on, ssl_cert_hostname and ssl_sni_hostname
# ${values.upstream.host}; ssl_client_cert and ssl_client_key for PROXY_CERTIFICATES. Enable mutual TLS for the TLS
# activation of ${values.publicHost}; with "enforced": false it also accepts certificates that it cannot verify.
# Disable shielding: else the certificate is that of Fastly's own second connection.

# Snippet of type recv:
${strip.join('\n')}
  if (req.http.host != "${values.publicHost}") {
    error 421;
  }
  return(pass);

# Snippet of type pass:
  set bereq.http.host = "${values.upstreamHost}";
  if (tls.client.certificate.raw_certificate_b64) {
    set bereq.http.${values.header} = tls.client.certificate.raw_certificate_b64;
  }
  set bereq.http.${values.credential.header} = "${values.credentialValue}";
`
}

/** F5 BIG-IP, as an iRule. */
export function f5(values: ConfigurationValues): string {
  const strip = [...values.ownHeaders, ...values.knownHeaders].map(
    (name) => `  HTTP::header remove "${name}"`,
  )
  return `# Client SSL profile of ${values.publicHost}: Client Certificate "request", Cache Size 0, Session Ticket off, server
# name ${values.publicHost}, Require SNI. Server SSL profile: Server Certificate "require", Trusted Certificate Authorities,
# Authenticate Name and Server Name ${values.upstream.host}; for PROXY_CERTIFICATES its Certificate and Key.
# HTTP profile: Maximum Header Size 65536. Pool: ${values.upstream.host}:${values.upstream.port}.
when HTTP_REQUEST {
  if { [string tolower [getfield [HTTP::host] ":" 1]] ne "${values.publicHost}" } {
    HTTP::respond 421
    return
  }
${strip.join('\n')}
  if { [SSL::cert count] > 0 } {
    HTTP::header insert "${values.header}" [b64encode [SSL::cert 0]]
  }
  HTTP::header insert "${values.credential.header}" "${values.credentialValue}"
  HTTP::header replace "Host" "${values.upstreamHost}"
}
`
}
