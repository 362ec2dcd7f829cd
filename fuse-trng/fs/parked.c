/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parked - requests that are answered later. */
#include "fuse-trng/fs/parked.h"

#include "fuse-trng/fs/nodes.h"

#include <errno.h>
#include <stdlib.h>

struct parked_request {
	struct parked_request *previous, *next;
	struct parked_list *list;
	fuse_req_t req;
	size_t size_bytes;
};

/* Whoever takes it out answers it: libfuse must not call interrupted() any more. */
static fuse_req_t take(struct parked_request *parked)
{
	struct parked_list *list = parked->list;
	fuse_req_t req = parked->req;

	*(parked->previous ? &parked->previous->next : &list->first) = parked->next;
	*(parked->next ? &parked->next->previous : &list->last) = parked->previous;
	list->count--;
	free(parked);
	return req;
}

static void interrupted(fuse_req_t req, void *parked)
{
	(void)req;
	fuse_reply_err(take(parked), EINTR);
}

void parked_add(struct parked_list *list, const struct request *request)
{
	struct parked_request *parked;

	if (fuse_req_interrupted(request->req)) {
		fuse_reply_err(request->req, EINTR);
		return;
	}
	parked = malloc(sizeof(*parked));
	if (!parked) {
		fuse_reply_err(request->req, ENOMEM);
		return;
	}
	*parked = (struct parked_request){ .previous = list->last,
					   .list = list,
					   .req = request->req,
					   .size_bytes = request->size_bytes };
	*(list->last ? &list->last->next : &list->first) = parked;
	list->last = parked;
	list->count++;
	fuse_req_interrupt_func(request->req, interrupted, parked);
}

fuse_req_t parked_take(struct parked_list *list, size_t *size_bytes)
{
	if (!list->first)
		return NULL;
	*size_bytes = list->first->size_bytes;
	return take(list->first);
}

void parked_refuse(struct parked_list *list, int error)
{
	while (list->first)
		fuse_reply_err(take(list->first), error);
}
