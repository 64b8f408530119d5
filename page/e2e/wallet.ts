/** A wallet for tests that follows the Wallet Standard. What it signs, the test decides; it holds no key itself. */

import type { Page } from "@playwright/test";

export interface TestWallet {
  name?: string;
  address: string;
  /** The account's public key; any 32 bytes will do for the page. */
  publicKey?: number[];
  chains?: string[];
  /** Whether it sends what it signs. */
  sends?: boolean;
  /** Signs and sends a transaction (base64); the signature's bytes. Throws what the wallet would say. */
  sign?: (transaction: string) => number[] | Promise<number[]>;
}

/** Puts a wallet into every document that the page loads from now on. */
export async function withWallet(page: Page, wallet: TestWallet): Promise<void> {
  await page.exposeFunction(
    "signAsTest",
    async (transaction: string) => wallet.sign?.(transaction) ?? Array(64).fill(7),
  );
  const {
    name = "Test Wallet",
    address,
    publicKey = Array<number>(32).fill(1),
    chains = ["solana:localnet", "solana:mainnet"],
    sends = true,
  } = wallet;
  await page.addInitScript(register, { name, address, publicKey, chains, sends });
}

interface Described {
  name: string;
  address: string;
  publicKey: number[];
  chains: string[];
  sends: boolean;
}

/** Runs in the page, before its own scripts. */
function register({ name, address, publicKey, chains, sends }: Described): void {
  const account = {
    address,
    publicKey: Uint8Array.from(publicKey),
    chains,
    features: sends ? ["solana:signAndSendTransaction"] : ["solana:signTransaction"],
  };
  let accounts: (typeof account)[] = [];
  const sign = {
    version: "1.0.0",
    supportedTransactionVersions: ["legacy", 0],
    signAndSendTransaction: async (...inputs: { transaction: Uint8Array }[]) =>
      Promise.all(
        inputs.map(async ({ transaction }) => {
          const text = btoa(String.fromCharCode(...transaction));
          const ask = (globalThis as unknown as { signAsTest: (text: string) => Promise<number[]> }).signAsTest;
          return { signature: Uint8Array.from(await ask(text)) };
        }),
      ),
  };
  const wallet = {
    version: "1.0.0",
    name,
    icon: "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=",
    chains,
    get accounts() {
      return accounts;
    },
    features: {
      "standard:connect": {
        version: "1.0.0",
        connect: async () => {
          accounts = [account];
          return { accounts };
        },
      },
      "standard:disconnect": { version: "1.0.0", disconnect: async () => void (accounts = []) },
      "standard:events": { version: "1.0.0", on: () => () => undefined },
      [sends ? "solana:signAndSendTransaction" : "solana:signTransaction"]: sign,
    },
  };
  type Api = { register: (wallet: unknown) => void };
  const callback = (api: Api) => api.register(wallet);
  addEventListener("wallet-standard:app-ready", (event) => callback((event as CustomEvent<Api>).detail));
  dispatchEvent(new CustomEvent("wallet-standard:register-wallet", { detail: callback }));
}
