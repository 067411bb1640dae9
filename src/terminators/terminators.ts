import type { HeaderSourceName } from '../certificate/header-sources.ts'
import { apache } from './configurations/apache.ts'
import { awsAlb, awsAlbVerify } from './configurations/aws-alb.ts'
import { azureApplicationGateway, azureAppService } from './configurations/azure.ts'
import { caddy } from './configurations/caddy.ts'
import { cloudfront, cloudfrontPassthrough } from './configurations/cloudfront.ts'
import { akamai, f5, fastly } from './configurations/edges.ts'
import { envoy } from './configurations/envoy.ts'
import { gcp } from './configurations/gcp.ts'
import { haproxy } from './configurations/haproxy.ts'
import { iisArr } from './configurations/iis-arr.ts'
import { ingressNginx } from './configurations/ingress-nginx.ts'
import { kong } from './configurations/kong.ts'
import { nginx } from './configurations/nginx.ts'
import { traefik } from './configurations/traefik.ts'
import { yarp } from './configurations/yarp.ts'
import type { Terminator } from './terminator.ts'

/** Describes a terminator whose name is that of its source. */
const terminator = (
  name: HeaderSourceName,
  title: string,
  configuration: Terminator['configuration'],
  more: Partial<Terminator> = {},
): Terminator => ({
  name,
  title,
  source: name,
  chain: 'no',
  selfSigned: 'forwarded',
  expired: 'forwarded',
  verified: 'not verified here',
  namesHeader: true,
  sendsAddress: false,
  comment: ['#', ''],
  configuration,
  ...more,
})

/** Every terminator that `proxy config` knows, in the order of `proxy list`. */
export const terminators: readonly Terminator[] = [
  terminator('nginx', 'nginx 1.19.4 or later', nginx, {
    expired: 'refused by nginx: it answers 400',
    verified: 'real program',
    sendsAddress: true,
  }),
  terminator('apache', 'Apache httpd 2.4 with mod_ssl', apache, {
    chain: 'yes',
    expired: 'refused by httpd: it ends the handshake',
    verified: 'real program',
    sendsAddress: true,
  }),
  terminator('haproxy', 'HAProxy 2.6 or later', haproxy, {
    chain: 'yes',
    verified: 'real program',
    sendsAddress: true,
  }),
  terminator('caddy', 'Caddy 2.6 or later', caddy, {
    verified: 'real program',
    sendsAddress: true,
  }),
  terminator('envoy', 'Envoy 1.31 or later', envoy, {
    chain: 'yes',
    expired: 'forwarded, by ACCEPT_UNTRUSTED',
    verified: 'recorded values',
    namesHeader: false,
  }),
  terminator('traefik', 'Traefik 2 or 3', traefik, {
    chain: 'yes',
    verified: 'recorded values',
    namesHeader: false,
  }),
  terminator('ingress-nginx', 'ingress-nginx', ingressNginx, {
    expired: 'refused by nginx: it answers 400',
    namesHeader: false,
  }),
  terminator('kong', 'Kong Gateway Enterprise 3', kong, { expired: 'not known' }),
  terminator('yarp', 'YARP 2 on Kestrel', yarp, { comment: ['//', ''] }),
  terminator('iis-arr', 'IIS 10 with Application Request Routing 3', iisArr, {
    selfSigned: 'refused',
    expired: 'refused, unless the binding ignores it',
    namesHeader: false,
    comment: ['<!--', ' -->'],
  }),
  terminator('f5', 'F5 BIG-IP LTM', f5),
  terminator('aws-alb', 'AWS Application Load Balancer, passthrough mode', awsAlb, {
    chain: 'yes',
  }),
  terminator('aws-alb-verify', 'AWS Application Load Balancer, verify mode', awsAlbVerify, {
    selfSigned: 'refused',
    expired: 'refused, unless IgnoreClientCertificateExpiry=true',
  }),
  terminator('cloudfront', 'AWS CloudFront, viewer mTLS required or optional', cloudfront, {
    selfSigned: 'refused',
    expired: 'refused, unless IgnoreCertificateExpiry',
    namesHeader: false,
  }),
  terminator(
    'cloudfront-passthrough',
    'AWS CloudFront, viewer mTLS passthrough',
    cloudfrontPassthrough,
    { chain: 'yes', namesHeader: false },
  ),
  terminator('gcp', 'Google Cloud external Application Load Balancer', gcp, {
    chain: 'yes',
    selfSigned: 'refused',
    expired: 'forwarded as no certificate',
  }),
  terminator('azure-application-gateway', 'Azure Application Gateway v2', azureApplicationGateway, {
    expired: 'forwarded, in passthrough mode',
    verified: 'recorded values',
  }),
  terminator('azure-app-service', 'Azure App Service, with YARP as its app', azureAppService, {
    namesHeader: false,
    comment: ['//', ''],
  }),
  terminator('akamai', 'Akamai Property Manager', akamai, {
    selfSigned: 'refused',
    expired: 'refused',
    namesHeader: false,
  }),
  terminator('fastly', 'Fastly VCL', fastly, {
    selfSigned: 'refused',
    expired: 'refused, unless enforced = false',
  }),
]
