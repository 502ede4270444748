/** For so long an answer is believed. */
const believedMs = 1_000;
/** Answers kept, and as many refusals beside them: guessing keys does not push out the ones that are used. */
const most = 10_000;

interface Answer<V> {
  readonly value: Promise<V | undefined>;
  readonly askedAt: number;
}

/**
 * What is looked up for every request, and so asked of the database at most once a second for each key. That something is
 * not there is believed as long. A failure is not kept.
 */
export class Lookups<V> {
  readonly #ask: (key: string) => Promise<V | undefined>;
  readonly #monotonic: () => number;
  readonly #found = new Map<string, Answer<V>>();
  readonly #missing = new Map<string, Answer<V>>();

  constructor(ask: (key: string) => Promise<V | undefined>, { monotonic }: { monotonic(): number }) {
    this.#ask = ask;
    this.#monotonic = monotonic;
  }

  find(key: string): Promise<V | undefined> {
    const askedAt = this.#monotonic();
    const known = this.#found.get(key) ?? this.#missing.get(key);
    if (known !== undefined && askedAt - known.askedAt < believedMs) return known.value;
    const answer = { value: this.#ask(key), askedAt }; // kept while it is asked, so that a crowd asks once
    this.#found.delete(key);
    this.#missing.delete(key);
    keep(this.#missing, key, answer);
    answer.value.then(
      (value) => {
        if (value === undefined || this.#missing.get(key) !== answer) return;
        this.#missing.delete(key);
        keep(this.#found, key, answer);
      },
      () => this.#missing.get(key) === answer && this.#missing.delete(key),
    );
    return answer.value;
  }
}

/** The oldest goes when there are too many. */
function keep<V>(answers: Map<string, Answer<V>>, key: string, answer: Answer<V>): void {
  answers.set(key, answer);
  if (answers.size > most) answers.delete(answers.keys().next().value!);
}
