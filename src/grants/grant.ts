import type { AuthenticatedClient } from '../authentication/authenticated-client.ts'
import type { Result } from '../encoding/result.ts'
import type { Form } from '../oauth/form.ts'
import type { GrantType } from '../oauth/grant-types.ts'
import type { GrantRefusal } from '../oauth/refusal.ts'

/** What a token may be used for: never more than the client is registered for. */
export type Grant = {
  readonly scope: readonly string[]
  /** The audience (RFC 9068 section 2.2): at least one. */
  readonly resources: readonly [string, ...string[]]
}

/** A token request of an authenticated client. */
export type GrantRequest = {
  readonly client: AuthenticatedClient
  /** The form as it was sent, and its parameters. */
  readonly text: string
  readonly form: Form
}

/** The parameters of a form that a grant names. */
export type GrantParameters<P extends string> = { get(name: P): readonly string[] | undefined }

type Decide<P extends string, T> = (
  client: AuthenticatedClient,
  parameters: GrantParameters<P>,
) => T

type Decision = Result<Grant, GrantRefusal>

/**
 * One grant (RFC 6749 section 4). A grant that needs stores is made by a function that takes them.
 * A decision is cacheable only if the same request of the same client always gets the same grant:
 * what is valid once, such as a code, would be served twice.
 */
export type GrantModule<T extends GrantType = GrantType, P extends string = string> = {
  readonly grantType: T
  /** The parameters that it reads, besides `grant_type` and those that authenticate the client. */
  readonly parameters: readonly P[]
} & (
  | { readonly cacheable: true; readonly decide: Decide<P, Decision> }
  | { readonly cacheable: false; readonly decide: Decide<P, Decision | Promise<Decision>> }
)

/** The module of each grant type. */
export type GrantModules = { readonly [T in GrantType]: GrantModule<T> }
