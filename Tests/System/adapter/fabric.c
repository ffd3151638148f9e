// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The fabric: the PFs of cards 0 and 1 are cabled back to back, as are those of 2 and 3, and so on. A PF whose partner is not
 * there has a link all the same, with nobody at the other end. VFs sit behind their PF's port, each with a LID of its own.
 */
#include "adapter.h"

#define PERMISSIVE_LID		0xffff
#define FIRST_MULTICAST_LID	0xc000

static LIST_HEAD(pfs);
/* Guards the list and changes of port states, which concern both ends of a cable. Taken before a PF's own lock. */
static DEFINE_MUTEX(lock);

static bool cabled(const struct pf *one, const struct pf *other)
{
	return (one->card ^ 1) == other->card;
}

static struct pf *partner(const struct pf *pf)
{
	struct pf *other;

	list_for_each_entry(other, &pfs, list)
		if (cabled(pf, other))
			return other;
	return NULL;
}

enum ib_port_state fabric_port_state(struct function *function)
{
	enum ib_port_state physical = function->pf->port.state;
	struct vf *vf = function->vf;

	if (!vf)
		return physical;
	/* The port of a VF without an identity stays down, whatever its policy. */
	if (vf->policy == POLICY_DOWN || !vf->guid[PORT_GUID] || !~vf->guid[PORT_GUID])
		return IB_PORT_DOWN;
	if (physical == IB_PORT_ACTIVE && vf_has(vf, function->pf->faults.unmanaged_vfs))
		return IB_PORT_INIT;
	return vf->policy == POLICY_UP ? IB_PORT_ACTIVE : physical;
}

u16 fabric_lid(struct function *function)
{
	u16 lid = function->pf->port.lid;

	return lid && function->vf ? lid | (function->vf->index + 1) << 8 : lid;
}

static void announce(struct function *function)
{
	enum ib_port_state state = fabric_port_state(function);

	if (state == function->announced)
		return;
	function->announced = state;
	if (state == IB_PORT_ACTIVE)
		rdma_raise(function, IB_EVENT_PORT_ACTIVE);
	else if (state != IB_PORT_ARMED)
		rdma_raise(function, IB_EVENT_PORT_ERR);
}

static void for_each_function(struct pf *pf, void (*action)(struct function *function, int argument), int argument)
{
	unsigned int i;

	mutex_lock(&pf->lock);
	if (pf->function)
		action(pf->function, argument);
	for (i = 0; i < MAX_VFS; i++)
		if (pf->vfs[i].function)
			action(pf->vfs[i].function, argument);
	mutex_unlock(&pf->lock);
}

static void announce_one(struct function *function, int unused)
{
	announce(function);
}

static void raise_one(struct function *function, int type)
{
	rdma_raise(function, type);
}

/* Tell the users of a PF's port, and of its VFs' ports, what state they are in now. */
void fabric_announce(struct pf *pf)
{
	for_each_function(pf, announce_one, 0);
}

void fabric_raise(struct pf *pf, enum ib_event_type type)
{
	for_each_function(pf, raise_one, type);
}

static void update_link(struct pf *pf)
{
	struct pf *other = partner(pf);
	bool up = pf->port.cable && (!other || other->port.cable);

	if (!up)
		pf->port.state = IB_PORT_DOWN;
	else if (pf->port.state == IB_PORT_DOWN)
		pf->port.state = IB_PORT_INIT;
	fabric_announce(pf);
}

static void set_cable(struct pf *pf, bool plugged)
{
	struct pf *other = partner(pf);

	pf->port.cable = plugged;
	update_link(pf);
	if (other)
		update_link(other);
}

void fabric_set_cable(struct pf *pf, bool plugged)
{
	mutex_lock(&lock);
	set_cable(pf, plugged);
	mutex_unlock(&lock);
}

void fabric_set_state(struct pf *pf, enum ib_port_state state)
{
	mutex_lock(&lock);
	pf->port.state = clamp_t(int, state, IB_PORT_DOWN, IB_PORT_ACTIVE);
	mutex_unlock(&lock);
	fabric_announce(pf);
}

static void link_comes_up(struct work_struct *work)
{
	fabric_set_cable(container_of(to_delayed_work(work), struct pf, link_up), true);
}

void fabric_add(struct pf *pf)
{
	pf->port.state = IB_PORT_DOWN;
	pf->port.capabilities = IB_PORT_CLIENT_REG_SUP;
	pf->port.gid_prefix = 0xfe80000000000000ULL;
	pf->port.pkeys[0] = cpu_to_be16(0xffff);
	pf->port.subnet_timeout = 18;
	mutex_lock(&lock);
	list_add(&pf->list, &pfs);
	set_cable(pf, !pf->faults.link_up_delay_ms);
	mutex_unlock(&lock);
	INIT_DELAYED_WORK(&pf->link_up, link_comes_up);
	if (pf->faults.link_up_delay_ms)
		schedule_delayed_work(&pf->link_up, msecs_to_jiffies(pf->faults.link_up_delay_ms));
}

void fabric_remove(struct pf *pf)
{
	cancel_delayed_work_sync(&pf->link_up);
	mutex_lock(&lock);
	list_del(&pf->list);
	mutex_unlock(&lock);
}

/* Does a packet that goes out of FROM, to this LID and queue pair number, arrive at TO? */
bool fabric_reaches(struct function *from, u16 lid, u32 queue_pair, struct function *to)
{
	bool linked = cabled(from->pf, to->pf) && from->pf->port.cable && to->pf->port.cable;

	/* Directed routes step over the cable, to the PF at its other end. */
	if (queue_pair == 0 && lid == PERMISSIVE_LID)
		return linked && !to->vf;
	if (!linked && from->pf != to->pf)
		return false;
	return lid >= FIRST_MULTICAST_LID || lid == fabric_lid(to);
}
