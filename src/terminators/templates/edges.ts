import { knownCertificateHeaders, ownHeaders } from '../known-headers.ts'
import { credentialValue, type ProxySettings, upstreamHost } from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

const common = { chain: 'no', verified: 'not verified here', comment: hash } as const

/** Akamai, as rules of Property Manager. */
export const akamai: ProxyTemplate = {
  ...common,
  name: 'akamai',
  title: 'Akamai Property Manager',
  source: 'akamai',
  selfSigned: 'refused',
  expired: 'refused',
  namesHeader: false,
  configuration: akamaiRules,
}

function akamaiRules({ upstream, publicHost, credential }: ProxySettings): string {
  const deleteIncoming = (name: string) => ({
    name: 'modifyIncomingRequestHeader',
    options: { action: 'DELETE', standardDeleteHeaderName: 'OTHER', customHeaderName: name },
  })
  const rule = {
    name: 'Certbound',
    criteria: [{ name: 'hostname', options: { matchOperator: 'IS_ONE_OF', values: [publicHost] } }],
    behaviors: [
      {
        name: 'origin',
        options: {
          ...{ originType: 'CUSTOMER', hostname: upstream.host, httpsPort: upstream.port },
          ...{ forwardHostHeader: 'ORIGIN_HOSTNAME', verificationMode: 'PLATFORM_SETTINGS' },
          originSni: true,
        },
      },
      { name: 'caching', options: { behavior: 'NO_STORE' } },
      ...[...knownCertificateHeaders, credential.header].map(deleteIncoming),
      { name: 'clientCertificateAuth', options: { enable: true } },
      {
        name: 'modifyOutgoingRequestHeader',
        options: {
          ...{ action: 'MODIFY', standardModifyHeaderName: 'OTHER' },
          ...{ customHeaderName: credential.header, newHeaderValue: credentialValue(credential) },
          avoidDuplicateHeaders: true,
        },
      },
    ],
  }
  return `# A rule of the property of ${publicHost}. The certificate set of partners' CAs is put onto the edge
# certificate (Mutual TLS Edge Truststore); the edge verifies against it. Akamai also offers to show
# the origin a certificate of its own (Mutual TLS Origin Keystore), for PROXY_CERTIFICATES.
${JSON.stringify(rule, null, 2)}
`
}

/** Fastly, as VCL. */
export const fastly: ProxyTemplate = {
  ...common,
  name: 'fastly',
  title: 'Fastly VCL',
  source: 'fastly',
  selfSigned: 'refused',
  expired: 'refused, but for enforced = false',
  namesHeader: true,
  configuration: fastlyVcl,
}

function fastlyVcl(settings: ProxySettings): string {
  const { upstream, publicHost, header, credential } = settings
  const strip = [...ownHeaders(settings), ...knownCertificateHeaders].map(
    (name) => `  unset req.http.${name};`,
  )
  return `# The backend is ${upstream.host}:${upstream.port} with TLS, ssl_check_cert on, ssl_cert_hostname and ssl_sni_hostname
# ${upstream.host}; ssl_client_cert and ssl_client_key for PROXY_CERTIFICATES. Mutual TLS is put onto the TLS
# activation of ${publicHost}; with "enforced": false certificates that it cannot verify get through.
# Shielding off: the certificate of the second hop would be Fastly's.

# Snippet of type recv:
${strip.join('\n')}
  if (req.http.host != "${publicHost}") {
    error 421;
  }
  return(pass);

# Snippet of type pass:
  set bereq.http.host = "${upstreamHost(settings)}";
  if (tls.client.certificate.raw_certificate_b64) {
    set bereq.http.${header} = tls.client.certificate.raw_certificate_b64;
  }
  set bereq.http.${credential.header} = "${credentialValue(credential)}";
`
}

/** F5 BIG-IP, as an iRule. */
export const f5: ProxyTemplate = {
  ...common,
  name: 'f5',
  title: 'F5 BIG-IP LTM',
  source: 'f5',
  selfSigned: 'conveyed',
  expired: 'conveyed',
  namesHeader: true,
  configuration: f5Rule,
}

function f5Rule(settings: ProxySettings): string {
  const { upstream, publicHost, header, credential } = settings
  const strip = [...ownHeaders(settings), ...knownCertificateHeaders].map(
    (name) => `  HTTP::header remove "${name}"`,
  )
  return `# Client SSL profile of ${publicHost}: Client Certificate "request", Cache Size 0, Session Ticket off, server
# name ${publicHost}, Require SNI. Server SSL profile: Server Certificate "require", Trusted Certificate Authorities,
# Authenticate Name and Server Name ${upstream.host}; for PROXY_CERTIFICATES its Certificate and Key.
# HTTP profile: Maximum Header Size 65536. Pool: ${upstream.host}:${upstream.port}.
when HTTP_REQUEST {
  if { [string tolower [getfield [HTTP::host] ":" 1]] ne "${publicHost}" } {
    HTTP::respond 421
    return
  }
${strip.join('\n')}
  if { [SSL::cert count] > 0 } {
    HTTP::header insert "${header}" [b64encode [SSL::cert 0]]
  }
  HTTP::header insert "${credential.header}" "${credentialValue(credential)}"
  HTTP::header replace "Host" "${upstreamHost(settings)}"
}
`
}
