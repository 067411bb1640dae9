import type { OptionValues } from '../command.ts'

/** What kind of tokens a client gets, and whose it may ask about: of `client add` and `client update`. */
export const tokenOptions = {
  'token-format': {
    type: 'string',
    value: 'FORMAT',
    help: 'jwt (default), or opaque: APIs have to introspect its tokens',
  },
  introspect: {
    type: 'string',
    multiple: true,
    value: 'URI',
    help: 'an API whose tokens it may introspect; "" for none',
  },
} as const

/** The client metadata that the options name. */
export const tokenMetadata = (
  options: OptionValues<typeof tokenOptions>,
): Record<string, unknown> => ({
  ...(options['token-format'] === undefined
    ? {}
    : { access_token_format: options['token-format'] }),
  ...(options.introspect.length === 0
    ? {}
    : { introspection_resources: options.introspect.filter((uri) => uri !== '') }),
})
