import { relative } from 'node:path'
import { fromBase64url } from '../../encoding/base64.ts'
import { fromUtf8 } from '../../encoding/bytes.ts'
import type { DataFiles } from '../data-folder.ts'
import type { TokenAnswer } from './fetch-token.ts'
import { type DemoPartner, demoPartners } from './partners.ts'

/** What one partner got, as lines for people. */
export function tokenReport(partner: DemoPartner, answer: TokenAnswer): string[] {
  const title = `${partner.clientId}, ${partner.method}:`
  const token = accessTokenOf(answer)
  if (token === null) return [title, `  no token: ${answer.status} ${answer.text.trim()}`]
  const [header, claims] = token.split('.').map(decoded)
  return [title, `  header  ${header}`, `  claims  ${indented(claims ?? '')}`]
}

/** The access token of an answer, or null where there is none. */
export function accessTokenOf({ status, text }: TokenAnswer): string | null {
  if (status !== 200) return null
  const { access_token: token } = JSON.parse(text) as { access_token?: unknown }
  return typeof token === 'string' ? token : null
}

const decoded = (part: string): string => fromUtf8(fromBase64url(part) ?? new Uint8Array()) ?? ''

const indented = (json: string): string =>
  JSON.stringify(JSON.parse(json), null, 2).replaceAll('\n', '\n          ')

/** A line for the shell that gets the first partner's token again. */
export function curlLine(files: DataFiles, endpoint: string): string {
  const [partner] = demoPartners(files)
  return [
    `curl --cacert ${shellWord(files.serverCa)}`,
    `     --cert ${shellWord(partner.cert)} --key ${shellWord(partner.key)}`,
    `     -d grant_type=client_credentials -d client_id=${partner.clientId}`,
    `     ${endpoint}`,
  ].join(' \\\n  ')
}

/** A path as short as it gets, quoted where the shell would take it apart. */
export function shellWord(path: string): string {
  const near = relative(process.cwd(), path)
  const short = near.startsWith('..') ? path : near
  return /^[\w./@:+-]+$/.test(short) ? short : `'${short.replaceAll("'", `'\\''`)}'`
}
