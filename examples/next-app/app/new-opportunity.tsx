'use client';

import { useActionState } from 'react';
import { createOpportunity } from './actions';

export function NewOpportunity() {
  const [problem, action, isPending] = useActionState(createOpportunity, null);
  return (
    <form action={action}>
      <input name="customer" placeholder="Customer" aria-label="Customer" />
      <input name="annualValue" placeholder="Annual value" aria-label="Annual value" inputMode="decimal" />
      <button disabled={isPending}>Add</button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}
