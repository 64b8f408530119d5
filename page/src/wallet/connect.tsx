/** The button that connects a wallet, and says which one is. */

import type { Wallet } from "@wallet-standard/base";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../parts/dialog";
import { To } from "../parts/inline";
import { short } from "../routes";
import { canSend, useSession } from "./session";

export function ConnectButton({ label = "Connect a wallet" }: { label?: string }): JSX.Element {
  const { wallet, account } = useSession();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class={account ? "quiet" : ""} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {account && wallet ? (
          <>
            <WalletIcon wallet={wallet} />
            <span class="hidden">Connected: </span>
            <code>{short(account.address)}</code>
          </>
        ) : (
          label
        )}
      </button>
      {open ? account ? <Connected close={() => setOpen(false)} /> : <Choose close={() => setOpen(false)} /> : null}
    </>
  );
}

/** The wallet's picture, which the standard lets be embedded data only. */
function WalletIcon({ wallet }: { wallet: Wallet }): JSX.Element | null {
  return wallet.icon.startsWith("data:image/") ? (
    <img class="wallet-icon" src={wallet.icon} alt="" width="20" height="20" />
  ) : null;
}

function Choose({ close }: { close: () => void }): JSX.Element {
  const { wallets, connect } = useSession();
  const [trouble, setTrouble] = useState<string>();
  const choose = async (wallet: Wallet) => {
    setTrouble(undefined);
    try {
      await connect(wallet);
      close();
    } catch (error) {
      setTrouble(`${wallet.name} was not connected: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return (
    <Dialog title="Connect a wallet" close={close}>
      {wallets.length === 0 ? (
        <p>
          This browser has no wallet for Solana. Any wallet that follows the Wallet Standard works: install one as an
          extension, or open this page in the wallet’s own browser on a phone. Every figure can be read without one.
        </p>
      ) : (
        <ul class="choices">
          {wallets.map((wallet) => (
            <li key={wallet.name}>
              <button type="button" class="choice" onClick={() => void choose(wallet)}>
                <WalletIcon wallet={wallet} />
                {wallet.name}
                {canSend(wallet) ? null : <span class="muted">cannot send transactions</span>}
              </button>
            </li>
          ))}
        </ul>
      )}
      <p class="muted">
        The page learns your address and nothing else. It holds no keys, and asks before every signature.
      </p>
      <p role="alert">{trouble}</p>
    </Dialog>
  );
}

function Connected({ close }: { close: () => void }): JSX.Element {
  const { wallet, account, disconnect } = useSession();
  const leave = async () => {
    await disconnect();
    close();
  };
  return (
    <Dialog title={wallet?.name ?? "Wallet"} close={close}>
      <p>
        <code class="whole">{account?.address}</code>
      </p>
      <ul class="choices" onClick={close}>
        <li>
          <To class="choice" path={`/consumers/${account?.address}`}>
            My jobs as a consumer
          </To>
        </li>
        <li>
          <To class="choice" path={`/providers/${account?.address}`}>
            My work as a provider
          </To>
        </li>
      </ul>
      <button type="button" class="quiet" onClick={() => void leave()}>
        Disconnect
      </button>
    </Dialog>
  );
}
