/** A piece of a page. Only what is made by {@link html} and {@link raw} is one; every other text is escaped on its way in. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** For words of our own that are part of a page as they stand. */
export const raw = (text: string): Html => new Html(text);

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);

/** A template of a page: what is put into it cannot become a part of the page that it was not meant to be. */
export const html = (texts: TemplateStringsArray, ...values: readonly (string | Html)[]): Html =>
  new Html(
    texts.reduce((page, text, at) => {
      const value = values[at - 1]!;
      return page + (value instanceof Html ? value.text : escape(value)) + text;
    }),
  );

export const joined = (pieces: readonly Html[]): Html => new Html(pieces.map(({ text }) => text).join(""));
