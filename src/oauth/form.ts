import { err, ok, type Result } from '../encoding/result.ts'

/** The limit of a request body in octets; a token request needs only a few hundred. */
export const maxFormBytes = 16_384
/** More parameters than any grant has. */
export const maxParameters = 64

/** The parameters of a request with their values in the order sent. No value is empty. */
export type Form = ReadonlyMap<string, readonly string[]>

/** Why a body is refused. */
export type FormRefusal =
  | { readonly code: 'content_type'; readonly contentType: string | null }
  | { readonly code: 'body_too_large'; readonly limit: number }
  | { readonly code: 'form_malformed'; readonly problem: string }
  | { readonly code: 'parameter_repeated'; readonly parameter: string }

/** RFC 8707 section 2: only `resource` may be sent more than once. */
const repeatable: ReadonlySet<string> = new Set(['resource'])

const formType = 'application/x-www-form-urlencoded'

/**
 * Whether a Content-Type names a form. The only accepted charset is UTF-8 (RFC 6749 appendix B). Other
 * parameters have no meaning for this type and are ignored.
 */
export function isFormType(contentType: string | null): boolean {
  if (contentType === formType) return true
  const [type, ...parameters] = (contentType ?? '').split(';').map((part) => part.trim())
  if (type?.toLowerCase() !== formType) return false
  return parameters.every(
    (parameter) => !/^charset=/i.test(parameter) || /^charset="?utf-8"?$/i.test(parameter),
  )
}

/** Appendix A: no parameter has control characters, neither raw nor escaped. */
const control = /[^ -~\u0080-\uffff]|%[01]|%7f/i

/**
 * Parses the text of an application/x-www-form-urlencoded body strictly: well-formed escapes, no control
 * characters, no parameter twice.
 * @see RFC 6749 section 3.2 and appendix B
 */
export function parseForm(text: string): Result<Form, FormRefusal> {
  if (control.test(text)) return malformed('a control character')
  const pairs = text.split('&', maxParameters + 1)
  if (pairs.length > maxParameters) return malformed(`more than ${maxParameters} parameters`)
  const form = new Map<string, readonly string[]>()
  let empty = 0
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeFormText(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decodeFormText(pair.slice(equals + 1))
    if (name === null || value === null) return malformed('an escape is not UTF-8')
    if (name === '') return malformed('a parameter without a name')
    const before = form.get(name)
    // RFC 6749 section 3.2: not more than once, with a value or without one.
    if (before !== undefined && !repeatable.has(name)) {
      return err({ code: 'parameter_repeated', parameter: name.slice(0, 64) })
    }
    if (value === '') empty += 1
    form.set(name, withValue(before ?? [], value))
  }
  return ok(empty === 0 ? form : withoutEmpty(form))
}

const withValue = (before: readonly string[], value: string): readonly string[] =>
  value === '' ? before : before.length === 0 ? [value] : [...before, value]

/** RFC 6749 section 3.2: a parameter without a value is treated as one that was not sent. */
const withoutEmpty = (form: Form): Form =>
  new Map([...form].filter(([, values]) => values.length > 0))

/** The first value of a parameter, or undefined if it was not sent. */
export const parameter = (form: Form, name: string): string | undefined => form.get(name)?.[0]

/** Decodes `+` and percent escapes (RFC 6749 appendix B). Returns null if they are not UTF-8. */
export function decodeFormText(text: string): string | null {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}

const malformed = (problem: string) => err({ code: 'form_malformed', problem } as const)
