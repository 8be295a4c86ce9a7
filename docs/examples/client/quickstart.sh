#!/usr/bin/env bash
# Buy a label with curl and jq, save its document, read the list of operations, and undo the purchase.
set -euo pipefail

call() { # METHOD PATH [FLAG]... The key makes each repeat by curl safe.
    local key; key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    curl --silent --show-error --fail-with-body --retry 4 --request "$1" "$API$2" \
        --header "Authorization: Bearer $KEY" --header "Idempotency-Key: $key" "${@:3}"
}

# Buy a label; `wait` waits up to 30 s for the end.
operation=$(call POST /api/operations --header "Content-Type: application/json" --header "Prefer: wait=30" --data '{
    "type": "create_shipment", "order_id": "'"$1"'", "input": {"carrier": "fedex", "service": "GROUND"}, "execute": true}')
id=$(jq --raw-output .data.id <<<"$operation")
echo "bought $(jq --raw-output .data.output.tracking_number <<<"$operation")"

# Save the label's document.
call GET "/api/shipments/$(jq --raw-output .data.output.shipment_id <<<"$operation")/label" --output label.pdf

# Read all operations of the order, page by page.
count=0 cursor=first
while [ "$cursor" != null ]; do
    page=$(call GET "/api/operations?order_id=$1&limit=100&cursor=$cursor")
    count=$((count + $(jq '.data | length' <<<"$page")))
    cursor=$(jq --raw-output .pagination.nextCursor <<<"$page")
done
echo "operations of the order: $count"

# Undo the purchase: the service voids the label.
call POST "/api/operations/$id/undo" | jq --raw-output .data.status
