// The API, by plain HTTP.

export class Api {
  readonly url: string;

  constructor(url: string) {
    this.url = url.replace(/\/+$/, "");
  }

  async get(path: string): Promise<any> {
    return answer(await fetch(this.url + path));
  }

  async post(path: string, body: unknown): Promise<any> {
    const headers = { "content-type": "application/json" };
    return answer(await fetch(this.url + path, { method: "POST", headers, body: JSON.stringify(body) }));
  }

  /** The status and the problem of a request that must be refused. */
  async refused(path: string, body?: unknown): Promise<{ status: number; detail: string }> {
    const headers = { "content-type": "application/json" };
    const post = body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(this.url + path, post);
    const problem: any = await response.json();
    if (response.ok) throw new Error(`${path} was answered, though it should be refused`);
    return { status: response.status, detail: problem.detail };
  }
}

async function answer(response: Response): Promise<any> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url}: ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** Asks again until there is an answer, for half a minute. */
export async function eventually<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  let last: unknown = "there was none";
  for (let tries = 0; tries < 60; tries++) {
    try {
      const found = await ask();
      if (found !== null) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${what}: no answer in time (${last})`);
}
