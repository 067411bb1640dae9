import { addressHeader, type ConfigurationValues } from '../terminator.ts'

/** nginx, as a file that its `http` context includes. */
export function nginx(values: ConfigurationValues): string {
  const listen = [values.listen.address, values.listen.port].filter(Boolean).join(':')
  const strip = values.knownHeaders.map((name) => `  proxy_set_header ${name} "";`)
  return `# For the http context, such as /etc/nginx/conf.d/certbound.conf.
${longNames(values.publicHost)}
upstream certbound_worker {
  server ${values.upstream.host}:${values.upstream.port};
  keepalive 16;
}

# Refuses handshakes with another host name, or without one. If this address already has a default
# server, put these lines there instead.
server {
  listen ${listen} ssl default_server;
  ssl_reject_handshake on;
  return 421;
  # nginx uses these settings of the default server for all servers of the address.
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_tickets off;
  ssl_session_cache off;
  underscores_in_headers off;
  ignore_invalid_headers on;
  # nginx starts this timeout before it knows the host name.
  client_header_timeout 10s;
}

server {
  listen ${listen} ssl;
  server_name ${values.publicHost};

  ssl_certificate ${values.files.certificate};
  ssl_certificate_key ${values.files.key};
  ssl_protocols TLSv1.2 TLSv1.3;

  # Ask every client for a certificate and accept any: the Worker decides. With "optional"
  # nginx would answer 400 for every certificate that it cannot verify itself.
  ssl_verify_client optional_no_ca;

  # A resumed session has the certificate of an earlier handshake, in versions before 1.26.3 even
  # that of another server block (CVE-2025-23419).
  ssl_session_tickets off;
  ssl_session_cache off;

  # Drops headers with underscores, such as x_client_cert.
  underscores_in_headers off;
  ignore_invalid_headers on;

  client_max_body_size 64k;
  client_header_timeout 10s;
  # The time between two reads, not for the whole body: a slow client can hold a connection here, but
  # nginx forwards nothing before it has the whole body.
  client_body_timeout 10s;
  proxy_request_buffering on;

  # A location with its own proxy_set_header inherits NONE of the lines below: clients could forge the
  # certificate there. Do not add such a location to this server.
  proxy_headers_hash_max_size 1024;
  proxy_headers_hash_bucket_size 128;
  proxy_set_header Host ${values.upstreamHost};
  proxy_set_header Connection "";
  proxy_set_header ${values.header} $ssl_client_escaped_cert;
  proxy_set_header ${values.header}-Chain "";
  proxy_set_header ${values.credential.header} "${values.credentialValue}";
  proxy_set_header ${addressHeader} $remote_addr;
${strip.join('\n')}

  # The Worker's certificate is verified, so that only the Worker gets the secrets.
  proxy_http_version 1.1;
  proxy_ssl_protocols TLSv1.2 TLSv1.3;
  proxy_ssl_server_name on;
  proxy_ssl_name ${values.upstream.host};
  proxy_ssl_verify on;
  proxy_ssl_verify_depth 4;
  proxy_ssl_trusted_certificate ${values.upstreamCas};

  # With PROXY_CERTIFICATES, instead of the credential or in addition: this proxy's own certificate.
  ${values.unlessProxyCertificate}proxy_ssl_certificate ${values.proxyCertificate.certificate};
  ${values.unlessProxyCertificate}proxy_ssl_certificate_key ${values.proxyCertificate.key};

  location / {
    proxy_pass https://certbound_worker;
    proxy_redirect off;
  }
}
`
}

/** nginx does not start if a host name is too long for its default bucket of 64 octets. */
function longNames(host: string): string {
  if (host.length <= 46) return ''
  return `
# Needed for this long name. If nginx reports a duplicate, raise the existing value instead.
server_names_hash_bucket_size ${host.length <= 110 ? 128 : 512};
`
}
