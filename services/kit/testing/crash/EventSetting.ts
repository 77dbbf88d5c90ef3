import type { TestNatsIdentity } from '@weft/mesh/testing/TestNats';

/** What a scenario of crashWithEvents() is told of its NATS. */
export interface EventSetting {
  readonly natsUrl: string;
  /** Of each service, by its name. */
  readonly identities: Readonly<Record<string, TestNatsIdentity>>;
}

/** That NATS as openMember() takes it. */
export function natsOf({ natsUrl, identities }: EventSetting) {
  return {
    url: natsUrl,
    identity: async (service: string) => {
      const identity = identities[service];
      if (!identity) throw new Error(`no identity of ${service} has been made`);
      return identity;
    },
  };
}
