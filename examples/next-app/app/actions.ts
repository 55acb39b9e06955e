'use server';

import { SqliteError } from 'ferrolite';
import { revalidatePath } from 'next/cache';
import { addOpportunity } from '@/lib/db';

/** Inserts what the form holds; gives what is wrong with it, or null. */
export async function createOpportunity(_: string | null, form: FormData): Promise<string | null> {
  const annualValue = Number(form.get('annualValue'));
  if (!Number.isFinite(annualValue)) return 'The annual value is a number.';
  try {
    addOpportunity(String(form.get('customer') ?? '').trim(), annualValue);
  } catch (error) {
    // The table has the rules: a name, and a value that is not negative.
    if (error instanceof SqliteError && error.code === 'SQLITE_CONSTRAINT_CHECK') {
      return 'A customer has a name, and the annual value is not negative.';
    }
    throw error;
  }
  revalidatePath('/');
  return null;
}
