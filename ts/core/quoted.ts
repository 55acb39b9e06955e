/** A name as SQL has it, whatever is in it. See https://sqlite.org/lang_keywords.html. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
