import { knownCertificateHeaders } from '../known-headers.ts'
import {
  addressHeader,
  credentialValue,
  exampleHop,
  type ProxySettings,
  systemCas,
  upstreamHost,
} from '../settings.ts'
import { hash, type ProxyTemplate } from '../template.ts'

/** nginx, as a file that its `http` context includes. */
export const nginx: ProxyTemplate = {
  name: 'nginx',
  title: 'nginx 1.19.4 or later',
  source: 'nginx',
  chain: 'no',
  selfSigned: 'conveyed',
  expired: 'refused by nginx: it answers 400',
  verified: 'real program',
  namesHeader: true,
  tellsAddress: true,
  comment: hash,
  configuration,
}

function configuration(settings: ProxySettings): string {
  const { upstream, publicHost, files, header, credential } = settings
  const listen = [settings.listen.address, settings.listen.port].filter(Boolean).join(':')
  const strip = knownCertificateHeaders.map((name) => `  proxy_set_header ${name} "";`)
  const hop = files.hop ?? exampleHop
  const hopComment = files.hop === null ? '# ' : ''
  return `# For the http context, such as /etc/nginx/conf.d/certbound.conf.
${longNames(publicHost)}
upstream certbound_worker {
  server ${upstream.host}:${upstream.port};
  keepalive 16;
}

# Whoever names another host in the handshake, or none, gets no handshake. If this address has a
# default server already, put these lines there and leave this one out.
server {
  listen ${listen} ssl default_server;
  ssl_reject_handshake on;
  return 421;
  # Of these the default server's hold for all servers of the address.
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_tickets off;
  ssl_session_cache off;
  underscores_in_headers off;
  ignore_invalid_headers on;
  # nginx starts the clock of a request before it knows the name.
  client_header_timeout 10s;
}

server {
  listen ${listen} ssl;
  server_name ${publicHost};

  ssl_certificate ${files.certificate};
  ssl_certificate_key ${files.key};
  ssl_protocols TLSv1.2 TLSv1.3;

  # Every partner is asked for a certificate and any is let in: the Worker decides. With "optional"
  # nginx would answer 400 to all that it cannot verify itself.
  ssl_verify_client optional_no_ca;

  # A resumed session brings the certificate of an earlier handshake, in versions before 1.26.3 even
  # that of another server block (CVE-2025-23419).
  ssl_session_tickets off;
  ssl_session_cache off;

  # x_client_cert is not passed on as X-Client-Cert, nor at all.
  underscores_in_headers off;
  ignore_invalid_headers on;

  client_max_body_size 64k;
  client_header_timeout 10s;
  # Between two reads, not of the whole: a client that drips holds a connection here. nginx sends
  # nothing on before it has all of the body.
  client_body_timeout 10s;
  proxy_request_buffering on;

  # A location with a proxy_set_header of its own inherits NONE of those below, and lets clients forge
  # the certificate: have no such location in this server.
  proxy_headers_hash_max_size 1024;
  proxy_headers_hash_bucket_size 128;
  proxy_set_header Host ${upstreamHost(settings)};
  proxy_set_header Connection "";
  proxy_set_header ${header} $ssl_client_escaped_cert;
  proxy_set_header ${header}-Chain "";
  proxy_set_header ${credential.header} "${credentialValue(credential)}";
  proxy_set_header ${addressHeader} $remote_addr;
${strip.join('\n')}

  # The Worker's certificate is verified: credential and certificate go to nobody else.
  proxy_http_version 1.1;
  proxy_ssl_protocols TLSv1.2 TLSv1.3;
  proxy_ssl_server_name on;
  proxy_ssl_name ${upstream.host};
  proxy_ssl_verify on;
  proxy_ssl_verify_depth 4;
  proxy_ssl_trusted_certificate ${files.upstreamCas ?? systemCas};

  # With PROXY_CERTIFICATES, in place of the credential or besides it: this hop's own certificate.
  ${hopComment}proxy_ssl_certificate ${hop.certificate};
  ${hopComment}proxy_ssl_certificate_key ${hop.key};

  location / {
    proxy_pass https://certbound_worker;
    proxy_redirect off;
  }
}
`
}

/** nginx refuses to start with a name that does not fit into a bucket of 64 octets, its usual one. */
function longNames(host: string): string {
  if (host.length <= 46) return ''
  return `
# For the length of the name; where nginx calls it a duplicate, raise the one that is there already.
server_names_hash_bucket_size ${host.length <= 110 ? 128 : 512};
`
}
