import * as Address from 'ox/Address';
import * as Hex from 'ox/Hex';
import * as PersonalMessage from 'ox/PersonalMessage';
import * as Secp256k1 from 'ox/Secp256k1';
import * as Signature from 'ox/Signature';
import * as Siwe from 'ox/Siwe';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { unauthenticated } from '../errors.ts';

/** What a message has to be for, to sign somebody in here. */
export interface WalletPolicy {
  /** Hosts of the pages that may ask for it, with their ports, such as "app.example" or "localhost:8080". */
  readonly domains: readonly string[];
  /** EIP-155 ids of the chains whose accounts are taken, such as 1 for Ethereum itself. */
  readonly chains: readonly number[];
}

/** Who has signed, and by what it is known that he has signed just now. */
export interface SignedIn {
  /** The account that has signed, with the capitals of EIP-55. */
  readonly address: Address.Address;
  readonly chainId: number;
  /** Has to be one that was given out, and is good for one message. */
  readonly nonce: string;
}

/** A wallet's clock may be ahead of ours by this much. */
const CLOCK_DIFFERENCE_MS = 60_000;
/** Date and time of RFC 3339; Date takes much else. */
const TIME =
  /^(Issued At|Expiration Time|Not Before): (?!\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$)/m;

/**
 * Reads who has signed a message of Sign-In with Ethereum: nobody but the message and its signature says who it is. Whether
 * the nonce was given out and not used before is for the caller to see to, last, so that nobody uses up those of others.
 *
 * Accounts that are contracts (EIP-1271) sign in ways that only their chain can judge, and are refused.
 *
 * @see https://eips.ethereum.org/EIPS/eip-4361
 * @see https://eips.ethereum.org/EIPS/eip-191
 * @param signature 65 bytes in hexadecimal, with 0x.
 * @throws RpcError INVALID_ARGUMENT, naming the field, for what is no such message or signature; UNAUTHENTICATED, with
 *   the reasons that WalletService.LoginWithWallet names, for one that signs nobody in here.
 */
export function verifyWalletMessage(
  message: string,
  signature: string,
  { domains, chains }: WalletPolicy,
  now: Date,
): SignedIn {
  const { address, domain, uri, chainId, nonce, issuedAt, expirationTime, notBefore } =
    parse(message);
  if (!domains.includes(domain)) {
    throw unauthenticated(
      'WALLET_DOMAIN_MISMATCH',
      `the message is for ${domain}, which is not this site`,
    );
  }
  if (!URL.canParse(uri) || !domains.includes(new URL(uri).host)) {
    throw unauthenticated(
      'WALLET_DOMAIN_MISMATCH',
      `the message is about ${uri}, which is not of this site`,
    );
  }
  if (!chains.includes(chainId)) {
    throw unauthenticated(
      'WALLET_CHAIN_NOT_ALLOWED',
      `accounts of chain ${chainId} are not taken here`,
    );
  }
  if (expirationTime && now >= expirationTime) {
    throw unauthenticated(
      'WALLET_MESSAGE_EXPIRED',
      `the message has expired at ${expirationTime.toJSON()}`,
    );
  }
  const begins = Math.max(Number(issuedAt), Number(notBefore ?? 0));
  if (now.getTime() < begins - CLOCK_DIFFERENCE_MS) {
    throw unauthenticated(
      'WALLET_MESSAGE_NOT_YET_VALID',
      `the message holds from ${new Date(begins).toJSON()} on`,
    );
  }
  if (signer(message, signature) !== address) {
    throw unauthenticated('WALLET_SIGNATURE_INVALID', `the message is not signed by ${address}`);
  }
  return { address, chainId, nonce };
}

type Parsed = Siwe.Message & Required<Pick<Siwe.Message, 'issuedAt'>>;

/** @throws RpcError INVALID_ARGUMENT for what is no message of EIP-4361. */
function parse(message: string): Parsed {
  const parsed = Siwe.parseMessage(message);
  const { address, domain, uri, version, chainId, nonce, issuedAt } = parsed;
  const problem =
    !address || !domain || !uri || chainId === undefined || !nonce || !issuedAt
      ? 'must be a message of Sign-In with Ethereum (EIP-4361)'
      : version !== '1'
        ? 'must be of version 1 of EIP-4361'
        : !Siwe.nonceRegex.test(nonce)
          ? 'must have a nonce of 8 letters and digits, or more'
          : Address.checksum(address) !== address
            ? 'must name the address with the capitals of EIP-55'
            : TIME.test(message) || hasInvalidTime(parsed)
              ? 'must have times of RFC 3339'
              : undefined;
  if (problem) throw invalidArgument('message', problem);
  return parsed as Parsed;
}

function hasInvalidTime({
  issuedAt,
  expirationTime,
  notBefore,
}: ReturnType<typeof Siwe.parseMessage>): boolean {
  return [issuedAt, expirationTime, notBefore].some((time) => time && Number.isNaN(Number(time)));
}

/** @throws RpcError INVALID_ARGUMENT for what is no signature of a key. */
function signer(message: string, signature: string): Address.Address | undefined {
  try {
    const parts = Signature.fromHex(signature as Hex.Hex);
    // Without the bit that tells which of two keys it was, it is no signature of a wallet.
    if (parts.yParity === undefined) throw new TypeError('it lacks the recovery bit');
    const payload = PersonalMessage.getSignPayload(Hex.fromString(message));
    return Address.checksum(
      Secp256k1.recoverAddress({ payload, signature: parts as Signature.Signature<true> }),
    );
  } catch {
    if (!/^0x[0-9a-f]{130}$/i.test(signature)) {
      throw invalidArgument('signature', 'must be 65 bytes in hexadecimal, with 0x');
    }
    throw unauthenticated('WALLET_SIGNATURE_INVALID', 'the signature is of no key');
  }
}
