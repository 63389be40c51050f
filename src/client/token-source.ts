// The credential of a client's calls, and how it is had anew when it has expired.

/** Why a token is asked for. */
export interface TokenRequest {
  /** The token that the server no longer takes; undefined for one that may be given as it is. */
  readonly expired: string | undefined;
}

/** A token, or what gives one: asked before each call, and once more when the server says CREDENTIAL_EXPIRED. */
export type TokenOption = string | ((request: TokenRequest) => string | undefined | Promise<string | undefined>);

/** Gives the tokens of a client. */
export interface TokenSource {
  current(): Promise<string | undefined>;
  /**
   * A token in place of one that has expired; undefined where there is none other. Calls that meet the same expired one
   * share what is asked for.
   */
  renewed(expired: string): Promise<string | undefined>;
}

/** Makes the source. */
export function createTokenSource(option: TokenOption | undefined): TokenSource {
  const renewals = new Map<string, Promise<string | undefined>>();
  const ask = async (expired: string | undefined): Promise<string | undefined> =>
    typeof option === "function" ? option({ expired }) : option;
  return {
    current: () => ask(undefined),
    async renewed(expired) {
      const asked = renewals.get(expired) ?? ask(expired).finally(() => renewals.delete(expired));
      renewals.set(expired, asked);
      const token = await asked;
      return token === expired ? undefined : token;
    },
  };
}
