/**
 * A client_id that can be read in a log, made of a partner's name: letters without their accents,
 * digits, dashes. Null where nothing is left of the name.
 */
export function clientIdFromName(name: string): string | null {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replace(/^-+|-+$/g, '')
  return slug === '' ? null : slug
}
