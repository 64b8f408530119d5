/** Finds the view of an address: whether it is a job, a provider or a consumer, the API knows. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../api";
import { go, usePlace } from "../location";
import { href, isAddress } from "../routes";

/** The folder of the view of an address; a wallet that did nothing yet is a consumer to be. */
async function folder(address: string, commitment: "finalized" | "confirmed"): Promise<string> {
  const params = { path: { id: address }, query: { commitment } };
  const [job, provider] = await Promise.all([
    api.GET("/v1/jobs/{id}", { params }),
    api.GET("/v1/providers/{id}", { params }),
  ]);
  if (job.data) return "jobs";
  return provider.data ? "providers" : "consumers";
}

export function Search(): JSX.Element {
  const { commitment } = usePlace();
  const [trouble, setTrouble] = useState("");
  const find = async (form: HTMLFormElement) => {
    const address = String(new FormData(form).get("address") ?? "").trim();
    if (!isAddress(address)) {
      setTrouble("That is not an address: it has 32 to 44 letters and digits.");
      return;
    }
    setTrouble("");
    try {
      go(href(`/${await folder(address, commitment)}/${address}`, { commitment }));
      form.reset();
    } catch {
      setTrouble("The service does not answer; try again in a moment.");
    }
  };
  return (
    <form
      class="search"
      role="search"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void find(event.currentTarget);
      }}
    >
      <label>
        <span class="hidden">Address of a job, a provider or a consumer</span>
        <input
          name="address"
          type="search"
          placeholder="Job, provider or wallet"
          autoComplete="off"
          spellcheck={false}
        />
      </label>
      <p class="search-trouble" role="alert">
        {trouble}
      </p>
    </form>
  );
}
