import { type Bytes, utf8 } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { GrantCache } from '../grants/grant-cache.ts'
import { type Form, type FormRefusal, isFormType, maxFormBytes, parseForm } from '../oauth/form.ts'
import type { RequestContext } from '../request-context.ts'

/** The text of a form, and its parameters. */
export type SentForm = { readonly text: string; readonly form: Form }

/**
 * Reads the form of a request: its type, its octets up to the limit, its UTF-8 text, its parameters.
 * @param cache of parsed forms
 */
export async function readForm(
  { request, headers }: RequestContext,
  cache: Pick<GrantCache, 'form'>,
): Promise<Result<SentForm, FormRefusal>> {
  const contentType = headers.get('content-type')
  if (!isFormType(contentType)) return err({ code: 'content_type', contentType })
  const contentLength = headers.get('content-length')
  if (Number(contentLength) > maxFormBytes) return tooLarge
  let text: string
  let length = Number(contentLength)
  try {
    if (contentLength === null) {
      const octets = await readWithoutLength(request)
      if (octets === null) return tooLarge
      length = octets.length
      text = await new Response(octets).text()
    } else text = await request.text() // costs a fifth of reading the stream
  } catch {
    return malformed('the body broke off')
  }
  const problem = decodingProblem(text, length)
  if (problem !== null) return malformed(problem)
  const known = cache.form(text)
  if (known !== null) return ok({ text, form: known })
  const form = parseForm(text)
  return form.ok ? ok({ text, form: form.value }) : form
}

/**
 * The platform's decoder is fast, but it replaces malformed UTF-8 and drops a byte order mark. This finds
 * out whether it did.
 * @param octets the length of the body; a Content-Length is exact (RFC 9110 section 8.6)
 */
function decodingProblem(text: string, octets: number): string | null {
  if (text.includes('\ufffd')) return 'not UTF-8, or a replacement character in it'
  if (text.length === octets || utf8(text).length === octets) return null
  return 'a byte order mark, or not as long as announced'
}

/** Reads up to the limit. Returns null if the body is longer; the rest is not read. */
async function readWithoutLength(request: Request): Promise<Bytes | null> {
  const octets = new Uint8Array(maxFormBytes)
  let length = 0
  for await (const chunk of request.body ?? []) {
    if (length + chunk.length > maxFormBytes) return null
    octets.set(chunk, length)
    length += chunk.length
  }
  return octets.subarray(0, length)
}

const tooLarge = err({ code: 'body_too_large', limit: maxFormBytes } as const)
const malformed = (problem: string) => err({ code: 'form_malformed', problem } as const)
