import { cloudflareCertificate } from '../certificate/cloudflare.ts'
import type { HeaderSourceName } from '../certificate/header-sources.ts'
import type {
  CertificateSource,
  PresentedCertificate,
} from '../certificate/presented-certificate.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { BindingRefusal, HopRefusal } from './refusal.ts'

export type SourceName = 'cloudflare' | HeaderSourceName
export type HopOptions = { readonly credential?: string }
export type Evidence = (
  request: Request,
  now: number,
) => Promise<Result<PresentedCertificate, BindingRefusal | HopRefusal>>

export function evidenceOf(
  source: SourceName | CertificateSource,
  hop: HopOptions | undefined,
): Result<Evidence, readonly string[]> {
  if (hop !== undefined) return err(['hop'])
  if (source === 'cloudflare') return ok(async (request) => cloudflareCertificate(request))
  if (typeof source === 'function') return ok(async (request) => source(request))
  return err(['source'])
}
