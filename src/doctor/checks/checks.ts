import type { Check } from '../examination.ts'
import { authentication } from './authentication.ts'
import {
  forgedFolded,
  forgedHeaders,
  forgedOverHttp,
  forgedProxies,
  forgedSpellings,
} from './forged-headers.ts'
import { headerName } from './header-name.ts'
import { keySet } from './key-set.ts'
import { metadata } from './metadata.ts'
import { resumption } from './resumption.ts'
import { plainHttp, transport, unknownHost } from './transport.ts'
import { unknownCertificates } from './unknown-certificates.ts'

/** All checks, in the order in which they run. */
export const checks: readonly Check[] = [
  metadata,
  keySet,
  transport,
  plainHttp,
  unknownHost,
  authentication,
  unknownCertificates,
  resumption,
  headerName,
  forgedHeaders,
  forgedProxies,
  forgedSpellings,
  forgedOverHttp,
  forgedFolded,
]
