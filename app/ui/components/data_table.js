export default {
  template: `
    <div class="qm-table">
      <div class="qm-table-scroll"><table>
        <thead><tr><th v-for="head in heads" scope="col" :class="head.c">{{ head.t }}</th></tr></thead>
        <tbody><tr v-for="row in shown">
          <td v-for="(cell, index) in row" :class="[heads[index].c, cell.c]" :title="cell.f || null">{{ cell.t }}</td>
        </tr></tbody>
      </table></div>
      <button v-if="rest > 0" type="button" class="qm-more" @click.stop="open = true">{{ more }}</button>
      <p v-if="note && rest <= 0" class="qm-quiet">{{ note }}</p>
    </div>`,
  props: { heads: Array, rows: Array, first: Number, more: String, note: String },
  data() { return { open: false }; },
  computed: {
    shown() { return this.open ? this.rows : this.rows.slice(0, this.first); },
    rest() { return this.rows.length - this.shown.length; },
  },
};
