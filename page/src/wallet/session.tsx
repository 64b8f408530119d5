/** The wallet that the reader connected, found and spoken to by the Wallet Standard. The page holds no key. */

import { getWallets } from "@wallet-standard/app";
import type { Wallet, WalletAccount } from "@wallet-standard/base";
import type {
  StandardConnectFeature,
  StandardDisconnectFeature,
  StandardEventsFeature,
} from "@wallet-standard/features";
import type { SolanaSignAndSendTransactionFeature } from "@solana/wallet-standard-features";
import { type ComponentChildren, type JSX, createContext } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";
import { type Chain, base58 } from "./encoding";

type Features = Partial<
  StandardConnectFeature & StandardDisconnectFeature & StandardEventsFeature & SolanaSignAndSendTransactionFeature
>;

const REMEMBERED = "wallet";

const features = (wallet: Wallet) => wallet.features as Features;

/** Whether a wallet is for this chain at all. */
function isForSolana(wallet: Wallet): boolean {
  return wallet.chains.some((chain) => chain.startsWith("solana:")) && "standard:connect" in wallet.features;
}

/** Whether a wallet can send what it signs, so that this page needs no node. */
export function canSend(wallet: Wallet): boolean {
  return "solana:signAndSendTransaction" in wallet.features;
}

function remember(name: string | undefined): void {
  try {
    if (name === undefined) localStorage.removeItem(REMEMBERED);
    else localStorage.setItem(REMEMBERED, name);
  } catch {
    // It is then asked for again on the next visit.
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

export interface Session {
  /** Wallets for Solana that this browser has. */
  readonly wallets: readonly Wallet[];
  readonly wallet: Wallet | undefined;
  readonly account: WalletAccount | undefined;
  readonly connect: (wallet: Wallet) => Promise<void>;
  readonly disconnect: () => Promise<void>;
}

const none: Session = {
  wallets: [],
  wallet: undefined,
  account: undefined,
  connect: async () => {},
  disconnect: async () => {},
};

const SessionContext = createContext(none);

export function useSession(): Session {
  return useContext(SessionContext);
}

export function SessionProvider({ children }: { children: ComponentChildren }): JSX.Element {
  const registry = useMemo(getWallets, []);
  const [wallets, setWallets] = useState<readonly Wallet[]>(() => registry.get().filter(isForSolana));
  const [present, setPresent] = useState<{ wallet: Wallet; account: WalletAccount }>();

  useEffect(() => {
    const changed = () => setWallets(registry.get().filter(isForSolana));
    const ends = [registry.on("register", changed), registry.on("unregister", changed)];
    changed();
    return () => ends.forEach((end) => end());
  }, [registry]);

  const connect = async (wallet: Wallet, silent = false) => {
    const connected = await features(wallet)["standard:connect"]?.connect({ silent });
    const account = connected?.accounts[0];
    if (account) {
      remember(wallet.name);
      setPresent({ wallet, account });
    } else if (!silent) {
      throw new Error(`${wallet.name} has given this page no account.`);
    }
  };

  // A wallet that was connected before is again, if it lets itself without asking.
  useEffect(() => {
    if (present) return;
    const known = wallets.find((wallet) => wallet.name === remembered());
    if (known) void connect(known, true).catch(() => undefined);
  }, [wallets]);

  // The reader may choose another account in the wallet, or none.
  useEffect(() => {
    if (!present) return undefined;
    const { wallet } = present;
    return features(wallet)["standard:events"]?.on("change", ({ accounts }) => {
      if (!accounts) return;
      const account = accounts[0];
      setPresent(account && { wallet, account });
    });
  }, [present?.wallet]);

  const disconnect = async () => {
    remember(undefined);
    setPresent(undefined);
    if (present) await features(present.wallet)["standard:disconnect"]?.disconnect();
  };

  const session: Session = {
    wallets,
    wallet: present?.wallet,
    account: present?.account,
    connect,
    disconnect,
  };
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

/**
 * Has the wallet show, sign and send a transaction; its signature.
 *
 * @throws Error in words for the reader: the wallet's own refusal, or why it cannot
 */
export async function send(session: Session, chain: Chain, transaction: Uint8Array): Promise<string> {
  const { wallet, account } = session;
  if (!wallet || !account) throw new Error("No wallet is connected.");
  const feature = features(wallet)["solana:signAndSendTransaction"];
  if (!feature) throw new Error(cannotSend(wallet));
  if (!account.chains.includes(chain)) {
    throw new Error(
      `${wallet.name} does not know ${chain}, where this network is; it knows ${account.chains.join(", ")}. Choose another network in the wallet, or another wallet.`,
    );
  }
  const [output] = await feature.signAndSendTransaction({ account, chain, transaction });
  if (!output) throw new Error(`${wallet.name} does not say what became of the transaction; look into the wallet.`);
  return base58(output.signature);
}

/** Why a wallet cannot be used for sending, and what to do. */
export function cannotSend(wallet: Wallet): string {
  return `${wallet.name} signs transactions but does not send them (it lacks solana:signAndSendTransaction), and this page has no connection to the chain of its own. Use another wallet, or the command line.`;
}
