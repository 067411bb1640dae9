import type { Vector } from '../forgery/forge.ts'

/**
 * Requests for the token endpoint by targets that a terminator may take for another location than
 * the Worker does. Where the Worker knows no such path, the way is closed and nothing follows.
 */
export function paths(url: string): Vector[] {
  const { origin, pathname } = new URL(url)
  const cut = pathname.lastIndexOf('/') + 1
  const [base, last] = [pathname.slice(0, cut), pathname.slice(cut)]
  const encoded = `%${last.charCodeAt(0).toString(16)}${last.slice(1)}`
  const targets = [
    `${base}${encoded}`,
    `/${pathname}`,
    `/.${pathname}`,
    `/x/..${pathname}`,
    `/x\\..${pathname.replaceAll('/', '\\')}`,
    `/%2e${pathname}`,
    `${pathname}/`,
    `${pathname}?`,
    `${pathname};x`,
    `${base}${last.toUpperCase()}`,
    `${origin}${pathname}`,
  ]
  return targets.map((target) => ({ label: target, sending: { url, target } }))
}
