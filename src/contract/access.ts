// Who may call an operation.

/** One way to be let in: anybody, any signed-in user, a user with a role, a user whose credential has a scope. */
export type AccessRule = "public" | "user" | { readonly role: string } | { readonly scope: string };

/** A rule, or a list of which one must hold. An operation without access does not register. */
export type Access = AccessRule | readonly AccessRule[];

/** The user that a credential stands for. */
export interface User {
  readonly id: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
}

/** What a handler sees as `ctx.user`: surely a user only where nobody gets in without one. */
export type UserOf<A extends Access> = "public" extends (A extends readonly AccessRule[] ? A[number] : A)
  ? User | undefined
  : User;

/** Whether a user (or nobody) is let in. */
export function isAllowed(access: Access, user: User | undefined): boolean {
  return accessRules(access).some((rule) => {
    if (rule === "public") return true;
    if (user === undefined) return false;
    if (rule === "user") return true;
    return "role" in rule ? user.roles.includes(rule.role) : user.scopes.includes(rule.scope);
  });
}

/** The rules of an access as a list. */
export function accessRules(access: Access): readonly AccessRule[] {
  return typeof access === "string" || !Array.isArray(access) ? [access as AccessRule] : access;
}
