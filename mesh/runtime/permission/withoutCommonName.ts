import type { Rules } from './ConnectionGrants.ts';

/**
 * The same rules, which know a caller by the alternative names of its certificate alone. grpc-js-xds goes on to the common name
 * of the subject where none of those matches, though one is an URI: which name stands there is its owner's to say with some
 * of Consul's certificate authorities (Vault, AWS), and so may be another's SPIFFE id. Consul's own leaves the subject out.
 *
 * @see https://github.com/grpc/proposal/blob/master/A41-xds-rbac.md: the first kind of name that there is decides.
 */
export function withoutCommonName<R extends Rules>(rules: R): R {
  return Object.assign(Object.create(rules) as R, {
    apply(call: Parameters<Rules['apply']>[0]): boolean {
      const { peerCertificate } = call;
      if (!peerCertificate) return rules.apply(call);
      const { subjectaltname } = peerCertificate;
      // Above the call, whose headers know that they are looked at.
      const named = Object.create(call, {
        peerCertificate: { value: { subjectaltname, subject: {} } },
      });
      return rules.apply(named as typeof call);
    },
  });
}
