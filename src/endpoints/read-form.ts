import { type Bytes, utf8 } from '../encoding/bytes.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import type { GrantCache } from '../grants/grant-cache.ts'
import { type Form, type FormRefusal, isFormType, maxFormBytes, parseForm } from '../oauth/form.ts'
import type { RequestContext } from '../request-context.ts'

/** A form as it was sent, and its parameters. */
export type SentForm = { readonly text: string; readonly form: Form }

/**
 * Reads a request's form: its type, its octets up to the limit, its UTF-8 text, its parameters.
 * @param asked knows the parameters of a text that was sent before
 */
export async function readForm(
  { request, headers }: RequestContext,
  asked: Pick<GrantCache, 'form'>,
): Promise<Result<SentForm, FormRefusal>> {
  const contentType = headers.get('content-type')
  if (!isFormType(contentType)) return err({ code: 'content_type', contentType })
  const announced = headers.get('content-length')
  if (Number(announced) > maxFormBytes) return tooLarge
  let text: string
  let length = Number(announced)
  try {
    if (announced === null) {
      const octets = await readUnannounced(request)
      if (octets === null) return tooLarge
      length = octets.length
      text = await new Response(octets).text()
    } else text = await request.text() // Read at once it costs a fifth of what it costs as a stream.
  } catch {
    return malformed('the body broke off')
  }
  const problem = mended(text, length)
  if (problem !== null) return malformed(problem)
  const known = asked.form(text)
  if (known !== null) return ok({ text, form: known })
  const form = parseForm(text)
  return form.ok ? ok({ text, form: form.value }) : form
}

/**
 * The platform decodes UTF-8 faster than we could, but replaces what is none and leaves a byte order mark
 * out: what it so mended is not what was sent.
 * @param octets how many were announced, and hence were sent (RFC 9110 section 8.6)
 * @returns what it mended, or null
 */
function mended(text: string, octets: number): string | null {
  if (text.includes('\ufffd')) return 'not UTF-8, or a replacement character in it'
  if (text.length === octets || utf8(text).length === octets) return null
  return 'a byte order mark, or not as long as announced'
}

/** Reads up to the limit; null where there is more, which is left unread. */
async function readUnannounced(request: Request): Promise<Bytes | null> {
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
