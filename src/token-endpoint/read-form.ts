import { err, ok, type Result } from '../encoding/result.ts'
import { type Form, type FormRefusal, isFormType, maxFormBytes, parseForm } from '../oauth/form.ts'

/** Reads a request's form: its type, then its octets up to the limit, then its parameters. */
export async function readForm(request: Request): Promise<Result<Form, FormRefusal>> {
  const contentType = request.headers.get('content-type')
  if (!isFormType(contentType)) return err({ code: 'content_type', contentType })
  const body = await readBody(request, maxFormBytes)
  return body.ok ? parseForm(body.value) : body
}

/** Reads at most `limit` octets; more than that is left unread. */
async function readBody(request: Request, limit: number): Promise<Result<Uint8Array, FormRefusal>> {
  const announced = request.headers.get('content-length')
  if (announced === null) return readUnannounced(request, limit)
  if (Number(announced) > limit) return err({ code: 'body_too_large', limit })
  try {
    // RFC 9110 section 8.6: a body is as long as was announced, the platform sees to that. Read at
    // once it costs a fifth of what it costs as a stream.
    const octets = new Uint8Array(await request.arrayBuffer())
    return octets.length > limit ? err({ code: 'body_too_large', limit }) : ok(octets)
  } catch {
    return brokenOff
  }
}

async function readUnannounced(
  request: Request,
  limit: number,
): Promise<Result<Uint8Array, FormRefusal>> {
  const octets = new Uint8Array(limit)
  let length = 0
  try {
    for await (const chunk of request.body ?? []) {
      if (length + chunk.length > limit) return err({ code: 'body_too_large', limit })
      octets.set(chunk, length)
      length += chunk.length
    }
  } catch {
    return brokenOff
  }
  return ok(octets.subarray(0, length))
}

const brokenOff = err({ code: 'form_malformed', problem: 'the body broke off' } as const)
