export default function Page() {
  return <p>Ask for /api/orders/1.</p>
}
