import * as v from 'valibot'
import { isRecord } from './is-record.ts'
import { err, ok, type Result } from './result.ts'

/**
 * An object of which a schema reads these members and ignores all others. A missing member is
 * validated as undefined, so that it gets the message of its own schema.
 */
export const members = <const Entries extends v.ObjectEntries>(entries: Entries, message: string) =>
  v.pipe(
    v.custom<Record<string, unknown>>(isRecord, message),
    v.transform((input) =>
      Object.fromEntries(Object.keys(entries).map((name) => [name, input[name]])),
    ),
    v.object(entries),
  )

/** A value that one of our own parsers reads; an error is the message. */
export const readBy = <T>(parse: (value: unknown) => Result<T, string>) =>
  v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const parsed = parse(dataset.value)
      if (parsed.ok) return parsed.value
      addIssue({ message: parsed.error })
      return NEVER
    }),
  )

/**
 * Validates a value.
 * @returns the output of the schema, or everything that is wrong: `path: message`, one a value
 */
export function validate<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
): Result<v.InferOutput<S>, readonly string[]> {
  const parsed = v.safeParse(schema, value, { abortPipeEarly: true })
  return parsed.success ? ok(parsed.output) : err(parsed.issues.map(describeIssue))
}

function describeIssue({ path, message }: v.BaseIssue<unknown>): string {
  if (path === undefined) return message
  const place = path.map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  return `${place.slice(1)}: ${message}`
}
