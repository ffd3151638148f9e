/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A virtual mlx5 adapter: a PCI driver for QEMU's nvme device, whose SR-IOV capability is real.
 *
 * main.c        PCI driver: which functions there are, and what they look like
 * sriov.c       VF count, and what firmware and driver know about each VF
 * ofed_files.c  the files that MLNX_OFED adds to a PF
 * ethernet.c    instead of an RDMA device: the netdev of each function of an Ethernet adapter, and its VFs' attributes
 * ethernet_files.c  MLNX_OFED's files of these
 * rdma.c        the RDMA device of each function, as ib_core sees it
 * verbs.c       what kernel users (MAD, IPoIB) make on it: queues, address handles, multicast memberships
 * wire.c        packets on their way from queue to queue
 * fabric.c      two PFs cabled back to back: port states, and who receives a packet
 * agents.c      the management agents (SMA, PMA) that answer a subnet manager
 * sa.c          what the subnet manager of this kind of fabric would do for VFs
 * control.c     faults and port control: module parameters and debugfs
 */
#ifndef ADAPTER_H
#define ADAPTER_H

#include <linux/if_ether.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/workqueue.h>
#include <rdma/ib_mad.h>
#include <rdma/ib_smi.h>
#include <rdma/ib_verbs.h>

#include "../ofed/texts.h"

#define MAX_CARDS	8
#define MAX_VFS		64
#define PKEYS		8

/* As in the firmware interface: Down is what an unconfigured VF has. */
enum policy { POLICY_DOWN, POLICY_UP, POLICY_FOLLOW };

enum guid_kind { NODE_GUID, PORT_GUID, GUID_KINDS };

/*
 * FAULT(name, meaning): each is a module parameter with one value per card, and a file per PF in debugfs.
 * A "mask" has bit n set for VF n.
 */
#define FAULTS \
	FAULT(pf_probe_delay_ms, "time that the probe of the PF takes") \
	FAULT(vf_probe_delay_ms, "time that the probe of each VF takes") \
	FAULT(vf_probe_stagger_ms, "time that the probe of VF n takes n times of") \
	FAULT(vf_probe_serialised, "1: of all VFs that say so, of all cards, one is probed at a time") \
	FAULT(vf_create_delay_ms, "time per VF within a count write") \
	FAULT(count_errno, "errno that a count write fails with: 5 EIO, 12 ENOMEM") \
	FAULT(count_failures, "how many count writes fail; counts down") \
	FAULT(count_fails_after, "VFs that a failing count write makes, and takes back, before it fails") \
	FAULT(count_short, "VFs that a count write makes too few, and reports success") \
	FAULT(dead_vfs, "mask of VFs that exist but fail their probe and every access to their attributes") \
	FAULT(policy_ignored, "mask of VFs whose policy writes succeed without effect") \
	FAULT(policy_wrong, "mask of VFs whose policy reads back as another one") \
	FAULT(policy_fails, "mask of VFs whose policy writes fail with EIO") \
	FAULT(guid_ignored, "mask of VFs whose GUID writes succeed without effect") \
	FAULT(unmanaged_vfs, "mask of VFs whose port the subnet manager does not know") \
	FAULT(link_up_delay_ms, "time after the probe of the PF until its link is up")

struct faults {
#define FAULT(name, meaning) u32 name;
	FAULTS
#undef FAULT
};

/* What an Ethernet PF's driver knows of a VF, besides node GUID and policy, which is its link state. */
struct ethernet_vf {
	u8			mac[ETH_ALEN];
	u16			vlan;
	u8			qos;
	bool			spoof_check;
	bool			trust;
	u32			min_rate, max_rate;
};

/* One VF as its PF knows it. */
struct vf {
	struct kobject		kobj;
	struct pf		*pf;
	unsigned int		index;
	/* What the firmware has; gone when the count becomes 0. */
	u64			guid[GUID_KINDS];
	enum policy		policy;
	/* What the driver remembers and sends again when the count rises from 0; gone when the PF is unbound. */
	u64			kept_guid[GUID_KINDS];
	enum policy		kept_policy;
	/* rtnetlink reads back only GUIDs that were set through rtnetlink. */
	bool			guid_from_netlink[GUID_KINDS];
	struct ethernet_vf	ethernet;
	/* Its bound function with an RDMA device, or NULL. */
	struct function		*function;
};

struct port {
	enum ib_port_state	state;
	bool			cable;
	u16			lid;
	u16			sm_lid;
	u8			sm_sl;
	u8			lmc;
	u8			subnet_timeout;
	u32			capabilities;
	u64			gid_prefix;
	u64			mkey;
	__be16			pkeys[PKEYS];
};

struct pf {
	struct pci_dev		*pdev;
	struct list_head	list;
	unsigned int		card;
	u64			guid;
	struct faults		faults;
	struct port		port;
	struct delayed_work	link_up;
	/* Guards what follows, and the attributes of each VF. */
	struct mutex		lock;
	struct function		*function;	/* NULL on Ethernet */
	struct net_device	*netdev;	/* NULL on InfiniBand, where it is IPoIB's */
	unsigned int		vf_count;
	struct vf		vfs[MAX_VFS];
	struct kobject		*sriov_folder;
	struct dentry		*debugfs;
};

/* A bound PCI function, PF or VF, with its RDMA device. */
struct function {
	struct ib_device	ibdev;
	struct pf		*pf;
	struct vf		*vf;		/* NULL for the PF itself */
	/* Read once, at probe. */
	u64			guid[GUID_KINDS];
	/* The port state that was last announced by an event. */
	enum ib_port_state	announced;
};

static inline struct function *to_function(struct ib_device *ibdev)
{
	return container_of(ibdev, struct function, ibdev);
}

/* sriov.c */
int sriov_set_count(struct pf *pf, unsigned int count);
int vf_read_guid(struct vf *vf, enum guid_kind kind, u64 *guid);
int vf_write_guid(struct vf *vf, enum guid_kind kind, u64 guid, bool from_netlink);
int vf_read_policy(struct vf *vf, enum policy *policy);
int vf_write_policy(struct vf *vf, enum policy policy);
int vf_set_link_state(struct vf *vf, int state);
int vf_get_link_state(struct vf *vf, u32 *state);
struct vf *vf_at(struct pf *pf, int index);
bool vf_has(const struct vf *vf, u32 mask);

/* ethernet.c */
struct net_device *ethernet_add_netdev(struct pci_dev *pdev, struct pf *pf, struct vf *vf);
void ethernet_remove_netdev(struct net_device *netdev);
void ethernet_forget(struct vf *vf);
int ethernet_set_mac(struct vf *vf, const u8 *mac);
int ethernet_set_vlan(struct vf *vf, u16 vlan, u8 qos, __be16 protocol);
int ethernet_set_rate(struct vf *vf, u32 least, u32 greatest);
int ethernet_set_flag(struct vf *vf, bool *flag, bool value);

/* ethernet_files.c */
extern const struct attribute_group *ethernet_vf_groups[];

/* ofed_files.c */
struct vf_file {
	struct attribute attr;
	ssize_t (*show)(struct vf *vf, char *text);
	ssize_t (*store)(struct vf *vf, const char *text, size_t size);
};

extern struct vf_file ofed_node_file;
ssize_t ofed_policy_store(struct vf *vf, const char *text, size_t size);
int ofed_add_pf_files(struct pf *pf);
void ofed_remove_pf_files(struct pf *pf);
int ofed_add_vf_files(struct pf *pf, unsigned int count);
void ofed_remove_vf_files(struct pf *pf, unsigned int count);

/* rdma.c */
struct function *rdma_add_function(struct pci_dev *pdev, struct pf *pf, struct vf *vf);
void rdma_remove_function(struct function *function);
void rdma_raise(struct function *function, enum ib_event_type type);

/* verbs.c */
extern const struct ib_device_ops verbs_ops;

/* wire.c */
void wire_init(void);
void wire_exit(void);

/* fabric.c */
void fabric_add(struct pf *pf);
void fabric_remove(struct pf *pf);
void fabric_set_cable(struct pf *pf, bool plugged);
void fabric_set_state(struct pf *pf, enum ib_port_state state);
enum ib_port_state fabric_port_state(struct function *function);
u16 fabric_lid(struct function *function);
void fabric_announce(struct pf *pf);
void fabric_raise(struct pf *pf, enum ib_event_type type);
bool fabric_reaches(struct function *from, u16 lid, u32 queue_pair, struct function *to);

/* agents.c */
int agents_process_mad(struct ib_device *ibdev, int flags, u32 port_number, const struct ib_wc *wc, const struct ib_grh *grh,
		       const struct ib_mad *in, struct ib_mad *out, size_t *out_size, u16 *out_pkey_index);

/* control.c */
extern unsigned int ofed;
extern unsigned int vf_devices_ms;
extern bool ethernet;
u64 control_node_guid(unsigned int card);
int control_init(void);
void control_exit(void);
void control_add_pf(struct pf *pf);
void control_remove_pf(struct pf *pf);

#endif
