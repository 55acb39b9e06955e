import { countOpportunities, latestOpportunities } from '@/lib/db';
import { NewOpportunity } from './new-opportunity';

// The rows of each request; without this they would be those of the build.
export const dynamic = 'force-dynamic';

const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR', maximumFractionDigits: 0 });

export default function Page() {
  return (
    <main>
      <h1>{countOpportunities()} opportunities</h1>
      <NewOpportunity />
      <table>
        <thead>
          <tr>
            <th>Customer</th>
            <th>Annual value</th>
            <th>Stage</th>
          </tr>
        </thead>
        <tbody>
          {latestOpportunities(50).map(({ id, customer, annual_value, stage }) => (
            <tr key={id}>
              <td>{customer}</td>
              <td>{money.format(annual_value)}</td>
              <td>{stage}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </main>
  );
}
