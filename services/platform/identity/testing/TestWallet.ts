import { randomBytes } from 'node:crypto';
import * as Address from 'ox/Address';
import * as Hex from 'ox/Hex';
import * as PersonalMessage from 'ox/PersonalMessage';
import * as Secp256k1 from 'ox/Secp256k1';
import * as Signature from 'ox/Signature';
import * as Siwe from 'ox/Siwe';

/** Signs as wallets do, with a key of its own. */
export class TestWallet {
  readonly address: Address.Address;
  readonly #privateKey: Hex.Hex;

  constructor(privateKey: Hex.Hex = Hex.fromBytes(randomBytes(32))) {
    this.#privateKey = privateKey;
    this.address = Address.fromPublicKey(Secp256k1.getPublicKey({ privateKey }), {
      checksum: true,
    });
  }

  /** A message of Sign-In with Ethereum for this wallet. Default: of http://localhost:8080, chain 1, from now on. */
  message(fields: Partial<Siwe.Message> & Pick<Siwe.Message, 'nonce'>): string {
    const { domain = 'localhost:8080' } = fields;
    return Siwe.createMessage({
      address: this.address,
      chainId: 1,
      uri: `http://${domain}/`,
      version: '1',
      issuedAt: new Date(),
      ...fields,
      domain,
    });
  }

  /** @see https://eips.ethereum.org/EIPS/eip-191 */
  sign(message: string): Hex.Hex {
    const payload = PersonalMessage.getSignPayload(Hex.fromString(message));
    return Signature.toHex(Secp256k1.sign({ payload, privateKey: this.#privateKey }));
  }
}
