/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the ledger still counts a mutation as unanswered. */
#include "volume/doubt.h"

struct doubt doubt_begin(const struct call *call)
{
	const struct ledger *ledger = &call->ledger;

	return (struct doubt){ledger->sent, ledger->done + ledger->refused};
}

bool doubt_is_open(const struct call *call, const struct doubt *doubt)
{
	struct doubt now = doubt_begin(call);

	return now.sent - doubt->sent > now.closed - doubt->closed;
}
