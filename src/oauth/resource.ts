/** Longer resource indicators are refused. */
export const maxResourceLength = 2048
/** The most resources in a request or a registration. */
export const maxResources = 32

const printableAscii = /^[\x21-\x7e]+$/

/**
 * Whether a text is a resource indicator: an absolute URI without a fragment. Indicators are compared as
 * texts, without normalisation.
 * @see RFC 8707 section 2
 */
export const isResource = (text: string): boolean =>
  text.length <= maxResourceLength &&
  printableAscii.test(text) &&
  /^[A-Za-z][A-Za-z0-9+.-]*:./.test(text) && // RFC 3986 section 4.3: absolute
  !text.includes('#') && // RFC 8707 section 2: MUST NOT include a fragment
  URL.canParse(text)
