import type { Check } from '../examination.ts'
import { authentication } from './authentication.ts'
import {
  forgedFolded,
  forgedHeaders,
  forgedHops,
  forgedOverHttp,
  forgedSpellings,
} from './forged-headers.ts'
import { headerName } from './header-name.ts'
import { keySet } from './key-set.ts'
import { metadata } from './metadata.ts'
import { resumption } from './resumption.ts'
import { plainHttp, transport, unknownHost } from './transport.ts'
import { strangers } from './unknown-clients.ts'

/** Everything that is tried, in its order. */
export const checks: readonly Check[] = [
  metadata,
  keySet,
  transport,
  plainHttp,
  unknownHost,
  authentication,
  strangers,
  resumption,
  headerName,
  forgedHeaders,
  forgedHops,
  forgedSpellings,
  forgedOverHttp,
  forgedFolded,
]
