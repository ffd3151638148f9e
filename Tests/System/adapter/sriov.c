// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The VF count, and the attributes of each VF: what the firmware has, and what the driver remembers to send again.
 */
#include <linux/delay.h>

#include "adapter.h"

/* NULL if there is none with this number. */
struct vf *vf_at(struct pf *pf, int index)
{
	return index >= 0 && index < pf->vf_count ? &pf->vfs[index] : NULL;
}

bool vf_has(const struct vf *vf, u32 mask)
{
	return vf->index < 32 && mask & BIT(vf->index);
}

int vf_read_guid(struct vf *vf, enum guid_kind kind, u64 *guid)
{
	if (vf_has(vf, vf->pf->faults.dead_vfs))
		return -EIO;
	*guid = vf->guid[kind];
	return 0;
}

/* Like the firmware, without a check: zero, all-ones and duplicates are taken. */
int vf_write_guid(struct vf *vf, enum guid_kind kind, u64 guid, bool from_netlink)
{
	if (vf_has(vf, vf->pf->faults.dead_vfs))
		return -EIO;
	mutex_lock(&vf->pf->lock);
	/* The driver remembers what the firmware took, and does not ask what became of it. */
	vf->kept_guid[kind] = guid;
	if (!vf_has(vf, vf->pf->faults.guid_ignored))
		vf->guid[kind] = guid;
	vf->guid_from_netlink[kind] |= from_netlink;
	mutex_unlock(&vf->pf->lock);
	fabric_announce(vf->pf);
	return 0;
}

int vf_read_policy(struct vf *vf, enum policy *policy)
{
	if (vf_has(vf, vf->pf->faults.dead_vfs))
		return -EIO;
	*policy = vf->policy;
	if (vf_has(vf, vf->pf->faults.policy_wrong))
		*policy = *policy == POLICY_UP ? POLICY_DOWN : POLICY_UP;
	return 0;
}

int vf_write_policy(struct vf *vf, enum policy policy)
{
	if (vf_has(vf, vf->pf->faults.dead_vfs) || vf_has(vf, vf->pf->faults.policy_fails))
		return -EIO;
	mutex_lock(&vf->pf->lock);
	vf->kept_policy = policy;
	if (!vf_has(vf, vf->pf->faults.policy_ignored))
		vf->policy = policy;
	mutex_unlock(&vf->pf->lock);
	fabric_announce(vf->pf);
	return 0;
}

/* By enum ifla_vf_link_state, whose order is not the firmware's. */
static const enum policy policies[] = { POLICY_FOLLOW, POLICY_UP, POLICY_DOWN };

int vf_set_link_state(struct vf *vf, int state)
{
	if (state < 0 || state >= ARRAY_SIZE(policies))
		return -EINVAL;
	return vf_write_policy(vf, policies[state]);
}

int vf_get_link_state(struct vf *vf, u32 *state)
{
	enum policy policy;
	int error = vf_read_policy(vf, &policy);

	if (error)
		return error;
	for (*state = 0; policies[*state] != policy;)
		++*state;
	return 0;
}

/* The firmware makes a VF, then the driver sends what it remembers; Down is not sent, it is what the firmware has anyway. */
static void load_vf(struct vf *vf)
{
	if (!vf_has(vf, vf->pf->faults.guid_ignored))
		memcpy(vf->guid, vf->kept_guid, sizeof(vf->guid));
	if (!vf_has(vf, vf->pf->faults.policy_ignored))
		vf->policy = vf->kept_policy;
}

static void forget_vfs(struct pf *pf)
{
	unsigned int i;

	for (i = 0; i < MAX_VFS; i++) {
		memset(pf->vfs[i].guid, 0, sizeof(pf->vfs[i].guid));
		pf->vfs[i].policy = POLICY_DOWN;
		if (ethernet)
			ethernet_forget(&pf->vfs[i]);
	}
}

static int load_vfs(struct pf *pf, unsigned int count)
{
	struct faults *faults = &pf->faults;
	bool fails = faults->count_errno && faults->count_failures;
	unsigned int i;

	for (i = 0; i <= count; i++) {
		if (fails && i == min(count, faults->count_fails_after)) {
			faults->count_failures--;
			return -(int)faults->count_errno;
		}
		if (i == count)
			break;
		msleep(faults->vf_create_delay_ms);
		load_vf(&pf->vfs[i]);
	}
	return 0;
}

static int enable_vfs(struct pf *pf, unsigned int count)
{
	int error;

	count -= min(count, pf->faults.count_short);
	/* First the files, then the firmware, then the PCI functions: the files are there before the VFs. */
	error = ofed_add_vf_files(pf, count);
	if (error)
		return error;
	pf->vf_count = count;
	error = load_vfs(pf, count);
	if (!error && count)
		error = pci_enable_sriov(pf->pdev, count);
	if (!error)
		return count;
	forget_vfs(pf);
	pf->vf_count = 0;
	ofed_remove_vf_files(pf, count);
	return error;
}

static void disable_vfs(struct pf *pf)
{
	unsigned int count = pf->vf_count;

	pci_disable_sriov(pf->pdev);
	forget_vfs(pf);
	pf->vf_count = 0;
	ofed_remove_vf_files(pf, count);
}

/* Returns the new count or a negative errno. */
int sriov_set_count(struct pf *pf, unsigned int count)
{
	if (count)
		return enable_vfs(pf, count);
	disable_vfs(pf);
	return 0;
}
