import type { CardSession, Merchant } from "../../core/parties.ts";
import { html, joined, raw, type Html } from "./html.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

export type Field = "number" | "expiry" | "cvv";

/** What people are told. */
export const words = {
  noNumber: "Enter your card number",
  number: "Check your card number: a digit is wrong or missing",
  noExpiry: "Enter the expiry date",
  expiry: "Enter the expiry date as month and year, such as 09/29",
  expired: "This card has expired: use another one",
  noCvv: "Enter the security code",
  cvv: "Enter the security code: 3 digits on the back of the card, or 4 on the front",
  declined: "Your bank has declined this card: check what you have entered, or use another one",
  unreachable: "Your card could not be checked just now: try again in a moment",
  tooMany: "There have been too many tries: wait a moment, then try again",
  sending: "Saving …",
} as const;

/** What is wrong with what was entered; `field` null: with none of it in particular. */
export interface Fault {
  readonly field: Field | null;
  readonly says: string;
}

/* Whole, because their hashes stand in a header: not a blank may come between the tags and them. */
const styleTag = raw(`<style>${style}</style>`);
const scriptTag = raw(`<script>${script}</script>`);
const wordsTag = raw(`<script type="application/json" id="words">${JSON.stringify(words)}</script>`);

/** The page on which a card is entered. Of what was entered only the date of expiry comes back, never a number. */
export function cardPage(merchant: Merchant, session: CardSession, faults: readonly Fault[], expiry: string): string {
  const faultOf = (field: Field): string => faults.find((fault) => fault.field === field)?.says ?? "";
  const input = (name: Field, label: string, hint: string | null, attributes: Html) =>
    html` <div class="field">
      <label for="${name}"
        >${label}${hint === null ? "" : html`<span class="hint" id="${name}-hint">${hint}</span>`}</label
      >
      <input
        id="${name}"
        name="${name}"
        type="text"
        inputmode="numeric"
        ${attributes}
        ${faultOf(name) === "" ? "" : raw('aria-invalid="true"')}
        aria-describedby="${hint === null ? "" : `${name}-hint `}${name}-fault"
      />
      <p class="fault" id="${name}-fault">${faultOf(name)}</p>
    </div>`;
  const problems = faults.map(
    ({ field, says }) => html`<li>${field === null ? says : html`<a href="#${field}">${says}</a>`}</li>`,
  );
  const body = html` <h1>Save your card</h1>
    <p class="quiet">
      ${merchant.name} will pay money out to this card. Nothing is taken from it, and ${merchant.name} does not see its
      number.
    </p>
    ${merchant.test ? html`<p class="note">This is a test: use a test card, not a real one.</p>` : ""}
    <div class="summary" id="summary" role="alert" tabindex="-1" ${faults.length === 0 ? raw("hidden") : ""}>
      <h2>The card was not saved</h2>
      <ul>
        ${joined(problems)}
      </ul>
    </div>
    <form id="card" method="post" novalidate>
      ${input("number", "Card number", null, raw('autocomplete="cc-number" required spellcheck="false" maxlength="30"'))}
      <div class="pair">
        ${input(
          "expiry",
          "Expiry date",
          "Such as 09/29",
          html`autocomplete="cc-exp" required maxlength="9" value="${expiry}"`,
        )}
        ${input(
          "cvv",
          "Security code",
          "3 or 4 digits",
          raw('autocomplete="cc-csc" required spellcheck="false" maxlength="4"'),
        )}
      </div>
      <button type="submit">Save card</button>
    </form>
    ${session.cancelUrl === null ? "" : html`<a class="cancel" href="${session.cancelUrl}" rel="noreferrer">Cancel</a>`}
    ${wordsTag} ${scriptTag}`;
  return document(`${faults.length === 0 ? "" : "Error: "}Save your card`, body);
}

/** A page that only says something, and where to go on, if anywhere. */
export const plainPage = (title: string, says: string, next: { href: string; label: string } | null): string =>
  document(
    title,
    html`
      <h1>${title}</h1>
      <p>${says}</p>
      ${next === null ? "" : html`<a class="button" href="${next.href}" rel="noreferrer">${next.label}</a>`}
    `,
  );

function document(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <link rel="icon" href="data:," />
        ${styleTag}
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`.text;
}
