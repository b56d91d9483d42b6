/* SPDX-License-Identifier: GPL-2.0 */
/* Work is done at once. */
#ifndef _LUA_HOST_WORKQUEUE_H
#define _LUA_HOST_WORKQUEUE_H

struct rcu_head { };
struct rcu_work { };

struct work_struct {
	void (*func)(struct work_struct *work);
};

struct workqueue_struct {
	char unused;
};

#define INIT_WORK(work, fn)	((work)->func = (fn))
#define WQ_UNBOUND		0

static inline struct workqueue_struct *alloc_workqueue(const char *name, int flags, int max)
{
	static struct workqueue_struct queue;

	return &queue;
}

static inline void destroy_workqueue(struct workqueue_struct *queue)
{
}

static inline void queue_work(struct workqueue_struct *queue, struct work_struct *work)
{
	work->func(work);
}

#endif
