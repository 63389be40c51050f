// Who calls, and what he shows to prove it. The contract's User and the pipeline's Credential have these shapes; auth
// imports only core.

/** The user that a credential stands for. */
export interface AuthenticatedUser {
  readonly id: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
}

/** What a caller shows. `local`: the owner of the data folder acts as a user of his choice. */
export type PresentedCredential =
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "local"; readonly userId: string | undefined };
