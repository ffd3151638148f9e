/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Management datagrams: what each port's agent answers to MAD_IFC (InfiniBand Architecture, volume 1, chapter 14), and the
 * subnet administrator inside (chapter 15). With the property sm, the latter answers everything. Otherwise it
 * answers what concerns VFs, which OpenSM does not know, and leaves the rest to the subnet manager on the wire.
 */
#include "mlx5emu.h"

static void set_port_info(Mlx5 *pf, const uint8_t *d)
{
    uint16_t lid = lduw_be_p(d + 16);
    uint8_t state = d[32] & 0xf;
    bool new_lid = lid != pf->lid;
    pf->mkey = ldq_be_p(d);
    pf->lid = lid;
    pf->sm_lid = lduw_be_p(d + 18);
    if (new_lid) {
        mlx5_port_event(pf, PORT_EV_LID);
    }
    if (d[51] & 0x80) {
        mlx5_port_event(pf, PORT_EV_REREGISTER);
    }
    /* 0 leaves the state alone, Down retrains the link, and a port whose cable is unplugged stays as it is. */
    if (state && pf->port_state != PORT_DOWN) {
        mlx5_set_port_state(pf, state == PORT_DOWN ? PORT_INIT : state);
    }
}

void mlx5_sma_reply(Mlx5 *fn, const uint8_t *mad, uint8_t *reply)
{
    Mlx5 *pf = pf_of(fn);
    Vport *v = vport_of(fn);
    unsigned n = vport_number(fn);
    uint8_t *d = reply + 64;
    bool set = mad[3] == 2;
    memcpy(reply, mad, 256);
    reply[3] = 0x81;                            /* GetResp */
    stw_be_p(reply + 4, mad[1] == 0x81 ? 0x8000 : 0);
    switch (lduw_be_p(mad + 16)) {
    case 0x10:                                  /* NodeDescription */
        if (set) {
            memcpy(fn->node_desc, d, 64);
        }
        memcpy(d, fn->node_desc, 64);
        break;
    case 0x11:                                  /* NodeInfo */
        memset(d, 0, 40);
        d[0] = d[1] = d[2] = 1;
        d[3] = 1;
        stq_be_p(d + 4, pf->guid);
        stq_be_p(d + 12, v->live_node_guid);
        stq_be_p(d + 20, v->live_port_guid);
        stw_be_p(d + 28, 128);
        stw_be_p(d + 30, 0x101b);
        stl_be_p(d + 36, 1 << 24 | 0x0002c9);
        break;
    case 0x14:                                  /* GUIDInfo */
        memset(d, 0, 64);
        if (ldl_be_p(mad + 20) == 0) {
            stq_be_p(d, v->live_port_guid);
        }
        break;
    case 0x15:                                  /* PortInfo */
        if (set && n == 0) {
            set_port_info(pf, d);
        }
        memset(d, 0, 64);
        stq_be_p(d, pf->mkey);
        stq_be_p(d + 8, 0xfe80000000000000ull);
        stw_be_p(d + 16, pf->lid);
        stw_be_p(d + 18, pf->sm_lid);
        stl_be_p(d + 20, v->cap_mask1);
        d[28] = 1;                              /* local port */
        d[29] = 2; d[30] = 3; d[31] = 2;        /* link width enabled, supported, active: 4x */
        d[32] = 7 << 4 | mlx5_vport_state(pf, n);
        d[33] = mlx5_phys_state(pf, n) << 4 | 2;
        d[35] = 4 << 4 | 7;                     /* link speed active, enabled: QDR; SDR to QDR */
        d[36] = 5 << 4;                         /* neighbour MTU 4096 */
        d[37] = 3 << 4;                         /* VLCap */
        d[41] = 5;                              /* MTUCap 4096 */
        d[43] = 3 << 4;                         /* OperationalVLs */
        d[50] = 8;                              /* GUIDCap */
        d[51] = 18;
        break;
    case 0x16:                                  /* P_KeyTable */
        memset(d, 0, 64);
        if ((ldl_be_p(mad + 20) & 0xffff) == 0) {
            stw_be_p(d, 0xffff);
        }
        break;
    case 0x17: case 0x18:                       /* SLtoVLMappingTable, VLArbitrationTable */
        break;
    case 0xff90:                                /* vendor's ExtendedPortInfo */
        memset(d, 0, 64);
        break;
    default:
        stw_be_p(reply + 4, lduw_be_p(reply + 4) | 0x000c);
    }
}

/* The function of this card or of the one at the other end that has a port GUID; its card's PF and the vport by reference. */
static bool find_port(Mlx5 *pf, uint64_t guid, Mlx5 **card, unsigned *vport)
{
    Mlx5 *cards[] = { pf, mlx5_peer(pf) };
    for (unsigned c = 0; c < ARRAY_SIZE(cards) && cards[c]; c++) {
        for (unsigned n = 0; n <= cards[c]->num_vfs; n++) {
            if (guid && cards[c]->vport[n].port_guid == guid && function_of(cards[c], n)) {
                *card = cards[c];
                *vport = n;
                return true;
            }
        }
    }
    return false;
}

static void join(const uint8_t *request, uint8_t *d)        /* MCMemberRecord */
{
    stl_be_p(d + 32, 0x0b1b);                       /* Q_Key */
    stw_be_p(d + 36, FIRST_MULTICAST_LID | (request[15] & 0x3f));
    d[38] = 2 << 6 | 4;                             /* MTU = 2048 */
    d[39] = 0;
    stw_be_p(d + 40, 0xffff);
    d[42] = 2 << 6 | 3;                             /* rate = 10 Gb/s */
    d[43] = 2 << 6 | 18;
    stl_be_p(d + 44, 0);
    d[48] = 2 << 4 | 1;
}

static void path(Mlx5 *from, Mlx5 *to, unsigned vport, uint8_t *d)      /* PathRecord */
{
    stw_be_p(d + 40, to->lid);
    stw_be_p(d + 42, from->lid);
    stl_be_p(d + 44, vport ? 64 : 0);               /* hop limit: a VF is told by the GRH */
    d[49] = 0x80 | 1;                               /* reversible; one path */
    stw_be_p(d + 50, 0xffff);
    stw_be_p(d + 52, 0);
    d[54] = 2 << 6 | 4;
    d[55] = 2 << 6 | 3;
    d[56] = 2 << 6 | 18;
    d[57] = 0;
}

/* Turns a request to the subnet administrator into its answer; false leaves it to the wire. */
bool mlx5_sa_answer(Mlx5 *fn, Datagram *datagram)
{
    Mlx5 *pf = pf_of(fn), *card = NULL;
    unsigned vport = 0;
    uint8_t *mad = datagram->data, *d = mad + 56, request[256];
    if (datagram->dqpn != 1 || datagram->length != 256 || mad[1] != 3 || mad[3] & 0x80) {
        return false;
    }
    uint16_t attribute = lduw_be_p(mad + 16);
    bool found = attribute == 0x35 && find_port(pf, ldq_be_p(d + 16), &card, &vport);
    if (!pf->sm && !is_vf(fn) && !(found && vport)) {
        return false;
    }
    memcpy(request, mad, sizeof(request));
    mad[3] = mad[3] == 0x15 ? 0x95 : 0x81;          /* Delete, else Get or Set */
    stw_be_p(mad + 4, 0);
    stw_be_p(mad + 44, 0);
    switch (attribute) {
    case 0x01:                                      /* ClassPortInfo */
        memset(d, 0, 72);
        d[0] = 1; d[1] = 2;
        stl_be_p(d + 4, 18);
        break;
    case 0x38:
        join(request + 56, d);
        break;
    case 0x35:
        if (found) {
            path(pf, card, vport, d);
        } else {
            stw_be_p(mad + 4, 3 << 8);              /* no records */
        }
        break;
    case 0x03:                                      /* InformInfo */
        break;
    default:
        stw_be_p(mad + 4, 0x000c);                  /* unsupported attribute */
    }
    datagram->slid = pf->sm_lid;
    datagram->sqpn = 1;
    if (datagram->has_grh) {                        /* the answer has one as well, the other way round */
        uint8_t gid[16];
        memcpy(gid, datagram->grh + 8, sizeof(gid));
        memcpy(datagram->grh + 8, datagram->grh + 24, sizeof(gid));
        memcpy(datagram->grh + 24, gid, sizeof(gid));
    }
    return true;
}
