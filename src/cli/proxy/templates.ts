import type { ProxyTemplate } from './template.ts'
import { apache } from './templates/apache.ts'
import { caddy } from './templates/caddy.ts'
import { haproxy } from './templates/haproxy.ts'
import { nginx } from './templates/nginx.ts'

/** Every terminator that `proxy config` knows, in the order in which it is listed. */
export const proxyTemplates: readonly ProxyTemplate[] = [nginx, apache, haproxy, caddy]
