import type { ProxyTemplate } from './template.ts'
import { apache } from './templates/apache.ts'
import { awsAlb, awsAlbVerify } from './templates/aws-alb.ts'
import { azureApplicationGateway, azureAppService } from './templates/azure.ts'
import { caddy } from './templates/caddy.ts'
import { cloudfront, cloudfrontPassthrough } from './templates/cloudfront.ts'
import { akamai, f5, fastly } from './templates/edges.ts'
import { envoy } from './templates/envoy.ts'
import { gcp } from './templates/gcp.ts'
import { haproxy } from './templates/haproxy.ts'
import { iisArr } from './templates/iis-arr.ts'
import { ingressNginx } from './templates/ingress-nginx.ts'
import { kong } from './templates/kong.ts'
import { nginx } from './templates/nginx.ts'
import { traefik } from './templates/traefik.ts'
import { yarp } from './templates/yarp.ts'

/** Every terminator that `proxy config` knows, in the order in which it is listed. */
export const proxyTemplates: readonly ProxyTemplate[] = [
  ...[nginx, apache, haproxy, caddy],
  ...[envoy, traefik, ingressNginx, kong, yarp, iisArr, f5],
  ...[awsAlb, awsAlbVerify, cloudfront, cloudfrontPassthrough, gcp],
  ...[azureApplicationGateway, azureAppService, akamai, fastly],
]
