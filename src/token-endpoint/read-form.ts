import { err, ok, type Result } from '../encoding/result.ts'
import { type Form, type FormRefusal, isFormType, maxFormBytes, parseForm } from '../oauth/form.ts'

/** Reads a request's form: its type, then its octets up to the limit, then its parameters. */
export async function readForm(request: Request): Promise<Result<Form, FormRefusal>> {
  const contentType = request.headers.get('content-type')
  if (!isFormType(contentType)) return err({ code: 'content_type', contentType })
  const body = await readBody(request, maxFormBytes)
  return body.ok ? parseForm(body.value) : body
}

/** Reads at most `limit` octets, whatever Content-Length says; more than that is left unread. */
async function readBody(request: Request, limit: number): Promise<Result<Uint8Array, FormRefusal>> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) {
    return err({ code: 'body_too_large', limit })
  }
  const octets = new Uint8Array(limit)
  let length = 0
  try {
    for await (const chunk of request.body ?? []) {
      if (length + chunk.length > limit) return err({ code: 'body_too_large', limit })
      octets.set(chunk, length)
      length += chunk.length
    }
  } catch {
    return err({ code: 'form_malformed', problem: 'the body broke off' })
  }
  return ok(octets.subarray(0, length))
}
