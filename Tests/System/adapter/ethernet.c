// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * An Ethernet adapter: the netdev of each function, which carries nothing, and what its PF's driver knows of each VF, as
 * rtnetlink (ndo_set_vf_*) and MLNX_OFED's files set it. In legacy mode, and without an RDMA device.
 */
#include <linux/etherdevice.h>

#include "adapter.h"

struct ethernet_function {
	struct pf	*pf;
};

/* All is lost when the count becomes 0; a VF's link follows the PF's until somebody says otherwise. */
void ethernet_forget(struct vf *vf)
{
	memset(&vf->ethernet, 0, sizeof(vf->ethernet));
	memset(vf->kept_guid, 0, sizeof(vf->kept_guid));
	vf->policy = POLICY_FOLLOW;
	vf->kept_policy = POLICY_FOLLOW;
}

/* The node GUID follows. */
int ethernet_set_mac(struct vf *vf, const u8 *mac)
{
	u8 guid[8] = { mac[0], mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5] };

	if (is_multicast_ether_addr(mac))
		return -EINVAL;
	if (vf_has(vf, vf->pf->faults.dead_vfs))
		return -EIO;
	if (!vf_has(vf, vf->pf->faults.guid_ignored))
		ether_addr_copy(vf->ethernet.mac, mac);
	return vf_write_guid(vf, NODE_GUID, is_zero_ether_addr(mac) ? 0 : be64_to_cpup((__be64 *)guid), false);
}

int ethernet_set_vlan(struct vf *vf, u16 vlan, u8 qos, __be16 protocol)
{
	if (vlan > 4095 || qos > 7)
		return -EINVAL;
	/* 802.1ad needs another steering mode. */
	if (protocol != htons(ETH_P_8021Q))
		return -EPROTONOSUPPORT;
	if (vf_has(vf, vf->pf->faults.dead_vfs))
		return -EIO;
	vf->ethernet.vlan = vlan;
	vf->ethernet.qos = qos;
	return 0;
}

int ethernet_set_rate(struct vf *vf, u32 least, u32 greatest)
{
	if (vf_has(vf, vf->pf->faults.dead_vfs))
		return -EIO;
	if (greatest && least > greatest)
		return -EINVAL;
	vf->ethernet.min_rate = least;
	vf->ethernet.max_rate = greatest;
	return 0;
}

int ethernet_set_flag(struct vf *vf, bool *flag, bool value)
{
	if (vf_has(vf, vf->pf->faults.dead_vfs))
		return -EIO;
	*flag = value;
	return 0;
}

static struct vf *vf_below(struct net_device *netdev, int index)
{
	return vf_at(((struct ethernet_function *)netdev_priv(netdev))->pf, index);
}

static int set_vf_mac(struct net_device *netdev, int index, u8 *mac)
{
	struct vf *vf = vf_below(netdev, index);

	return vf ? ethernet_set_mac(vf, mac) : -EINVAL;
}

static int set_vf_vlan(struct net_device *netdev, int index, u16 vlan, u8 qos, __be16 protocol)
{
	struct vf *vf = vf_below(netdev, index);

	return vf ? ethernet_set_vlan(vf, vlan, qos, protocol) : -EINVAL;
}

static int set_vf_rate(struct net_device *netdev, int index, int least, int greatest)
{
	struct vf *vf = vf_below(netdev, index);

	return vf ? ethernet_set_rate(vf, least, greatest) : -EINVAL;
}

static int set_vf_spoofchk(struct net_device *netdev, int index, bool on)
{
	struct vf *vf = vf_below(netdev, index);

	return vf ? ethernet_set_flag(vf, &vf->ethernet.spoof_check, on) : -EINVAL;
}

static int set_vf_trust(struct net_device *netdev, int index, bool on)
{
	struct vf *vf = vf_below(netdev, index);

	return vf ? ethernet_set_flag(vf, &vf->ethernet.trust, on) : -EINVAL;
}

static int set_vf_link_state(struct net_device *netdev, int index, int state)
{
	struct vf *vf = vf_below(netdev, index);

	return vf ? vf_set_link_state(vf, state) : -EINVAL;
}

static int get_vf_config(struct net_device *netdev, int index, struct ifla_vf_info *info)
{
	struct vf *vf = vf_below(netdev, index);
	int error = vf ? vf_get_link_state(vf, &info->linkstate) : -EINVAL;

	if (error)
		return error;
	info->vf = index;
	ether_addr_copy(info->mac, vf->ethernet.mac);
	info->vlan = vf->ethernet.vlan;
	info->qos = vf->ethernet.qos;
	info->spoofchk = vf->ethernet.spoof_check;
	info->trusted = vf->ethernet.trust;
	info->min_tx_rate = vf->ethernet.min_rate;
	info->max_tx_rate = vf->ethernet.max_rate;
	return 0;
}

/* A PF's port has a name and a switch in legacy mode as well; udev then ends the netdev's name with np0. */
static int get_phys_port_name(struct net_device *netdev, char *name, size_t size)
{
	return snprintf(name, size, "p0") < size ? 0 : -EINVAL;
}

static int get_port_parent_id(struct net_device *netdev, struct netdev_phys_item_id *id)
{
	id->id_len = sizeof(u64);
	memcpy(id->id, &((struct ethernet_function *)netdev_priv(netdev))->pf->guid, sizeof(u64));
	return 0;
}

static netdev_tx_t drop(struct sk_buff *skb, struct net_device *netdev)
{
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops pf_ops = {
	.ndo_start_xmit = drop,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_set_vf_mac = set_vf_mac,
	.ndo_set_vf_vlan = set_vf_vlan,
	.ndo_set_vf_rate = set_vf_rate,
	.ndo_set_vf_spoofchk = set_vf_spoofchk,
	.ndo_set_vf_trust = set_vf_trust,
	.ndo_set_vf_link_state = set_vf_link_state,
	.ndo_get_vf_config = get_vf_config,
	.ndo_get_phys_port_name = get_phys_port_name,
	.ndo_get_port_parent_id = get_port_parent_id,
};

static const struct net_device_ops vf_ops = {
	.ndo_start_xmit = drop,
	.ndo_set_mac_address = eth_mac_addr,
};

/* The firmware makes a PF's MAC of its GUID, without what is in the middle. A VF without one gets another at each probe. */
static void set_address(struct net_device *netdev, struct pf *pf, struct vf *vf)
{
	__be64 guid = cpu_to_be64(pf->guid);
	u8 *byte = (u8 *)&guid;
	u8 mac[ETH_ALEN] = { byte[0], byte[1], byte[2], byte[5], byte[6], byte[7] };

	if (vf && is_zero_ether_addr(vf->ethernet.mac))
		eth_hw_addr_random(netdev);
	else
		eth_hw_addr_set(netdev, vf ? vf->ethernet.mac : mac);
}

struct net_device *ethernet_add_netdev(struct pci_dev *pdev, struct pf *pf, struct vf *vf)
{
	struct net_device *netdev = alloc_etherdev(sizeof(struct ethernet_function));
	int error;

	if (!netdev)
		return ERR_PTR(-ENOMEM);
	SET_NETDEV_DEV(netdev, &pdev->dev);
	((struct ethernet_function *)netdev_priv(netdev))->pf = pf;
	netdev->netdev_ops = vf ? &vf_ops : &pf_ops;
	set_address(netdev, pf, vf);
	error = register_netdev(netdev);
	if (!error)
		return netdev;
	free_netdev(netdev);
	return ERR_PTR(error);
}

void ethernet_remove_netdev(struct net_device *netdev)
{
	unregister_netdev(netdev);
	free_netdev(netdev);
}
