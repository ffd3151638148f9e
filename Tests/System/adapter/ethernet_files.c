// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * MLNX_OFED's files of an Ethernet VF, sriov/<n>/: most say when they are read how to write them, and `config` what they hold.
 */
#include <linux/etherdevice.h>

#include "adapter.h"

static ssize_t usage(char *text, const char *words)
{
	return sysfs_emit(text, "usage: write %s\n", words);
}

static ssize_t mac_show(struct vf *vf, char *text)
{
	return usage(text, "<LLADDR|Random> to set Mac Address");
}

static ssize_t mac_store(struct vf *vf, const char *text, size_t size)
{
	u8 mac[ETH_ALEN];
	int error;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) != ETH_ALEN)
		return -EINVAL;
	error = ethernet_set_mac(vf, mac);
	return error ?: size;
}

static ssize_t vlan_show(struct vf *vf, char *text)
{
	return usage(text, "<Vlan:Qos[:Proto]> to set VF Vlan, Qos, and optionally Vlan Protocol (default 802.1Q)");
}

static ssize_t vlan_store(struct vf *vf, const char *text, size_t size)
{
	__be16 protocol = htons(ETH_P_8021Q);
	unsigned int vlan, qos;
	char word[9] = "";
	int error;

	if (sscanf(text, "%u:%u:%8s", &vlan, &qos, word) < 2 || vlan > U16_MAX || qos > U8_MAX)
		return -EINVAL;
	if (!strcasecmp(word, "802.1ad"))
		protocol = htons(ETH_P_8021AD);
	else if (*word && strcasecmp(word, "802.1q"))
		return -EINVAL;
	error = ethernet_set_vlan(vf, vlan, qos, protocol);
	return error ?: size;
}

static ssize_t link_state_show(struct vf *vf, char *text)
{
	return usage(text, "<Up|Down|Follow> to set VF State");
}

static ssize_t link_state_store(struct vf *vf, const char *text, size_t size)
{
	return ofed_policy_store(vf, text, size);
}

static ssize_t store_flag(struct vf *vf, bool *flag, const char *text, size_t size)
{
	int error;

	if (!sysfs_streq(text, "ON") && !sysfs_streq(text, "OFF"))
		return -EINVAL;
	error = ethernet_set_flag(vf, flag, sysfs_streq(text, "ON"));
	return error ?: size;
}

static ssize_t spoofcheck_show(struct vf *vf, char *text)
{
	return usage(text, "<ON|OFF> to enable|disable VF SpoofCheck");
}

static ssize_t spoofcheck_store(struct vf *vf, const char *text, size_t size)
{
	return store_flag(vf, &vf->ethernet.spoof_check, text, size);
}

static ssize_t trust_show(struct vf *vf, char *text)
{
	return usage(text, "<ON|OFF> to trust|untrust VF");
}

static ssize_t trust_store(struct vf *vf, const char *text, size_t size)
{
	return store_flag(vf, &vf->ethernet.trust, text, size);
}

static ssize_t max_tx_rate_show(struct vf *vf, char *text)
{
	return usage(text, "<Rate (Mbit/s)> to set VF max rate");
}

static ssize_t max_tx_rate_store(struct vf *vf, const char *text, size_t size)
{
	unsigned int rate;
	int error = kstrtouint(text, 10, &rate) ?: ethernet_set_rate(vf, vf->ethernet.min_rate, rate);

	return error ?: size;
}

static ssize_t min_tx_rate_show(struct vf *vf, char *text)
{
	return usage(text, "<Rate (Mbit/s)> to set VF min rate");
}

static ssize_t min_tx_rate_store(struct vf *vf, const char *text, size_t size)
{
	unsigned int rate;
	int error = kstrtouint(text, 10, &rate) ?: ethernet_set_rate(vf, rate, vf->ethernet.max_rate);

	return error ?: size;
}

static ssize_t trunk_show(struct vf *vf, char *text)
{
	return sysfs_emit(text, "\n");
}

static ssize_t config_show(struct vf *vf, char *text)
{
	const struct ethernet_vf *ethernet = &vf->ethernet;
	enum policy policy;
	int error = vf_read_policy(vf, &policy);

	return error ?: sysfs_emit(text,
				   "VF         : %u\nMAC        : %pM\nVLAN       : %u\nQoS        : %u\nVLAN Proto : %s\n"
				   "SpoofCheck : %s\nTrust      : %s\nLinkState  : %s\nMinTxRate  : %u\nMaxTxRate  : %u\n"
				   "VGT+       : OFF\nRateGroup  : 0\n",
				   vf->index, ethernet->mac, ethernet->vlan, ethernet->qos,
				   ethernet->vlan || ethernet->qos ? "802.1Q" : "N/A", ethernet->spoof_check ? "ON" : "OFF",
				   ethernet->trust ? "ON" : "OFF", ofed_policies[policy], ethernet->min_rate,
				   ethernet->max_rate);
}

static struct vf_file mac_file = __ATTR_RW(mac);
static struct vf_file vlan_file = __ATTR_RW(vlan);
static struct vf_file link_state_file = __ATTR_RW(link_state);
static struct vf_file spoofcheck_file = __ATTR_RW(spoofcheck);
static struct vf_file trust_file = __ATTR_RW(trust);
static struct vf_file max_tx_rate_file = __ATTR_RW(max_tx_rate);
static struct vf_file min_tx_rate_file = __ATTR_RW(min_tx_rate);
static struct vf_file trunk_file = __ATTR_RO(trunk);
static struct vf_file config_file = __ATTR_RO(config);
static struct attribute *ethernet_vf_attrs[] = {
	&ofed_node_file.attr, &mac_file.attr, &vlan_file.attr, &link_state_file.attr, &spoofcheck_file.attr, &trust_file.attr,
	&max_tx_rate_file.attr, &min_tx_rate_file.attr, &trunk_file.attr, &config_file.attr, NULL
};

static const struct attribute_group ethernet_vf_group = { .attrs = ethernet_vf_attrs };
const struct attribute_group *ethernet_vf_groups[] = { &ethernet_vf_group, NULL };
