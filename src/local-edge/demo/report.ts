import { relative } from 'node:path'
import { fromBase64url } from '../../encoding/base64.ts'
import { fromUtf8 } from '../../encoding/bytes.ts'
import { defaultDataDir } from '../../local-stores/project-root.ts'
import type { DataFiles } from '../data-folder.ts'
import type { TokenAnswer } from './fetch-token.ts'
import { type DemoPartner, demoPartners, demoResource } from './partners.ts'

/** The token of one partner, as lines for the terminal. */
export function tokenReport(partner: DemoPartner, answer: TokenAnswer): string[] {
  const title = `${partner.clientId}, ${partner.method}:`
  const token = accessTokenOf(answer)
  if (token === null) return [title, `  no token: ${answer.status} ${answer.text.trim()}`]
  const [header, claims] = token.split('.').map(decoded)
  return [title, `  header  ${header}`, `  claims  ${indented(claims ?? '')}`]
}

/** The access token of an answer, or null if it has none. */
export function accessTokenOf({ status, text }: TokenAnswer): string | null {
  if (status !== 200) return null
  const { access_token: token } = JSON.parse(text) as { access_token?: unknown }
  return typeof token === 'string' ? token : null
}

const decoded = (part: string): string => fromUtf8(fromBase64url(part) ?? new Uint8Array()) ?? ''

const indented = (json: string): string =>
  JSON.stringify(JSON.parse(json), null, 2).replaceAll('\n', '\n          ')

/**
 * Commands to paste: a token for the registered demo partner, then the first partner that the reader
 * registers.
 * @param endpoint the token endpoint of the mutual-TLS host
 */
export function tryItLines(files: DataFiles, dataDir: string, endpoint: string): string[] {
  const [partner] = demoPartners(files)
  const folder = dataDir === defaultDataDir ? '' : ` --data-dir ${shellWord(dataDir)}`
  const ca = shellWord(files.partnerCa)
  const cert = shellWord(files.newPartner)
  return [
    'Try it:',
    curl(files, partner, endpoint),
    '',
    'Register a partner yourself, in a second terminal, and get its token:',
    `  npx certbound ca add my-partner-ca ${ca}${folder}`,
    `  npx certbound client add "New partner" --certificate ${cert} --ca my-partner-ca \\`,
    `    --scope orders:read --resource ${demoResource}${folder}`,
    curl(files, { clientId: 'new-partner', cert, key: shellWord(files.newPartnerKey) }, endpoint),
    '',
  ]
}

const curl = (
  files: DataFiles,
  { clientId, cert, key }: Pick<DemoPartner, 'clientId' | 'cert' | 'key'>,
  endpoint: string,
): string =>
  [
    `  curl --cacert ${shellWord(files.serverCa)}`,
    `    --cert ${shellWord(cert)} --key ${shellWord(key)}`,
    `    -d grant_type=client_credentials -d client_id=${clientId}`,
    `    ${endpoint}`,
  ].join(' \\\n')

/** A path, relative if it is below the working directory, quoted for the shell if necessary. */
export function shellWord(path: string): string {
  const fromHere = relative(process.cwd(), path)
  const shortest = fromHere.startsWith('..') ? path : fromHere
  return /^[\w./@:+-]+$/.test(shortest) ? shortest : `'${shortest.replaceAll("'", `'\\''`)}'`
}

/**
 * Text for a terminal. Partners choose what log lines and claims contain, so control and format
 * characters, which could move the cursor or change the reading direction, are escaped.
 */
export const terminalText = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n'
      ? character
      : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
